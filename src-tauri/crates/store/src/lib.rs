//! The history in SQLite: the log (truth), the view (derived) and the state beside them (webhooks, rejections, counters, settings).
//!
//! The only room that knows SQL. What rows mean is `study`'s business; who may ask what is `api`'s.

pub mod error;
pub mod folder;
pub mod history;
pub mod log;
pub mod rows;
pub mod state;
pub mod view;

pub use error::StoreError;
pub use folder::{DataFolder, ReceiverLock};
pub use history::History;
pub use log::{Appended, Log, NewArrival, NotDurable};
pub use state::State;
pub use view::{Change, Projector};
