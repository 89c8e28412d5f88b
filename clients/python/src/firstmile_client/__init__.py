"""The public names of the Firstmile client: middleware, gate and token verifier."""

from firstmile_client.asgi import OnboardingGate
from firstmile_client.gate import Gate
from firstmile_client.settings import Clock, Settings
from firstmile_client.tokens import Claims, TokenRefused, TokenVerifier
from firstmile_client.verdicts import Verdict
from firstmile_client.visits import Visit
from firstmile_client.wsgi import WSGIOnboardingGate

__all__ = [
    "Claims",
    "Clock",
    "Gate",
    "OnboardingGate",
    "Settings",
    "TokenRefused",
    "TokenVerifier",
    "Verdict",
    "Visit",
    "WSGIOnboardingGate",
]
