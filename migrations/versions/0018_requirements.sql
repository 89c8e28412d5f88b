-- Groups of steps, as `onboarding.requirements.Need`; those of `needs` are all needed.
ALTER TABLE gated_routes ADD COLUMN needs_any jsonb NOT NULL DEFAULT '[]';
