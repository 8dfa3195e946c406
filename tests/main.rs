//! The program tested from outside: the real binary, a real socket, real files, a real window, a real notification daemon.
//!
//! One topic a module. What a room promises for itself is tested beside its code, not here.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod house;
