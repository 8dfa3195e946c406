//! The receiver room.
