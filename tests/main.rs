//! The program tested from outside: the real binary, a real socket, real files, a real window, a real notification daemon.
//!
//! One topic a module. What a room promises for itself is tested beside its code, not here.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod away;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod csv;
#[cfg(test)]
mod damaged;
#[cfg(test)]
mod desktop;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod durable;
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod history;
#[cfg(test)]
mod house;
#[cfg(test)]
mod listening;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod package;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod room;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod second_chances;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod subjects;
#[cfg(test)]
mod synced;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod torture;
#[cfg(test)]
mod transfer;
#[cfg(test)]
mod units;
#[cfg(test)]
mod window;
#[cfg(test)]
mod xlsx;
