//! Everything that differs between operating systems.
//!
//! Only here may code ask for the platform or be `unsafe`. Above, the one
//! difference that is left is [`HAS_NATIVE_WALK`].

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::*;

/// Whether the native walker was built in.
pub const HAS_NATIVE_WALK: bool = cfg!(target_os = "linux");
