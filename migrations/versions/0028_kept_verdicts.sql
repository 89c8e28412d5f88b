-- Where verification stood before an edition, and where it stands after: undoing gives it back.
ALTER TABLE journey_moves ADD COLUMN old_verdict jsonb, ADD COLUMN new_verdict jsonb;
