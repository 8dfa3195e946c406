//! The history in SQLite: the log (truth), the view (derived) and the state beside them (webhooks, rejections, counters, settings).
//!
//! The only room that knows SQL. What rows mean is `study`'s business; who may ask what is `api`'s.

pub mod backup;
pub mod disk;
pub mod error;
#[cfg(test)]
mod fixture;
pub mod folder;
pub mod history;
mod identity;
pub mod log;
mod migration;
mod network;
mod recovery;
pub mod rows;
mod sqlite;
pub mod state;
pub mod view;

pub use error::StoreError;
pub use folder::{DataFolder, ReceiverLock};
pub use history::History;
pub use log::{Appended, Check, Log, Mark, NewArrival, NotDurable};
pub use network::kind_of as network_kind;
pub use recovery::recover;
pub use state::State;
pub use view::{Change, Opening, Projector};
