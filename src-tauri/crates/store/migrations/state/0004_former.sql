-- The credentials a webhook had before its present ones, accepted beside them for a while. The secret itself is never in here.
ALTER TABLE webhooks ADD COLUMN former_place TEXT;  -- where it is; NULL: there is none
ALTER TABLE webhooks ADD COLUMN former_version INTEGER;  -- what secret_version was then
ALTER TABLE webhooks ADD COLUMN former_name TEXT;  -- what the user name or client id was then
ALTER TABLE webhooks ADD COLUMN former_until INTEGER;  -- accepted before this; forgotten soon after
ALTER TABLE webhooks ADD COLUMN former_used_at INTEGER;  -- when it last proved a delivery, to within a second

-- When a refused delivery was accepted after all; NULL: it was not.
ALTER TABLE rejections ADD COLUMN accepted_at INTEGER;
