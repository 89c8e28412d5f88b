"""Why a step or a route is open to somebody, or was at a moment gone by."""
