-- From when on a subject of a webhook is overdue and late, in days without a completed upload; from how many minutes on a day counts as worn.
ALTER TABLE webhooks ADD COLUMN overdue_days INTEGER NOT NULL DEFAULT 3;
ALTER TABLE webhooks ADD COLUMN late_days INTEGER NOT NULL DEFAULT 5;
ALTER TABLE webhooks ADD COLUMN wear_minutes INTEGER NOT NULL DEFAULT 600;
