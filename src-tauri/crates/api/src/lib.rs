//! What a window or a command line may ask: one file a topic, and the wire types that become TypeScript.
//!
//! The composition root of the rooms below: opens a data folder, runs the receiver on it, answers questions. Knows neither Tauri nor a terminal.

mod bindings;
pub mod wire;
