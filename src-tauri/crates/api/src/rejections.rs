//! Requests that were refused, and why.

use store::rows::RejectionRow;

use crate::Monitor;
use crate::times::rfc3339;
use crate::wire::{ApiError, Rejection};

impl Monitor {
    /// The newest `limit` rejections, newest first. There are never more than 2,000 a webhook and reason.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn rejections(&self, limit: usize) -> Result<Vec<Rejection>, ApiError> {
        Ok(self.state().rejections(limit)?.into_iter().map(rejection).collect())
    }
}

fn rejection(row: RejectionRow) -> Rejection {
    Rejection {
        received_at: rfc3339(row.received_at),
        webhook: row.webhook,
        status: row.status,
        reason: row.reason,
        source_ip: row.source_ip,
        delivery_id: row.delivery_id,
        event: row.event,
        size: row.size,
        accepted_at: row.accepted_at.map(rfc3339),
    }
}
