-- One that is revoked stays for a year without the hash of its text, which opens nothing then.
ALTER TABLE sdk_keys
ADD COLUMN revoked_at timestamptz,
ADD COLUMN revoker_id uuid REFERENCES users ON DELETE SET NULL,
ADD COLUMN revoke_reason text;
