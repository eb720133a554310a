//! Times of files.

use std::fs::File;
use std::os::windows::io::{AsRawHandle, RawHandle};

use crate::types::Timestamp;

/// The time at which anything about a file was changed last, its name included,
/// where the file system has it. It tells of writers that set back the time of
/// modification, and that a file which was renamed by one name is the same by another.
pub(super) fn change_time(file: &File) -> Option<Timestamp> {
    /// `FILE_BASIC_INFO`, and its number.
    #[repr(C)]
    #[derive(Default)]
    struct BasicInfo {
        creation: i64,
        access: i64,
        write: i64,
        change: i64,
        attributes: u32,
    }
    const BASIC_INFO: i32 = 0;
    #[allow(unsafe_code, reason = "a system call")]
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetFileInformationByHandleEx(
            file: RawHandle,
            class: i32,
            information: *mut BasicInfo,
            size: u32,
        ) -> i32;
    }
    let mut information = BasicInfo::default();
    // SAFETY: `file` is open until the call returns, and the structure is valid for
    // writes of the size that is given.
    #[allow(unsafe_code, reason = "a system call")]
    let is_known = unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            BASIC_INFO,
            &raw mut information,
            size_of::<BasicInfo>() as u32,
        )
    };
    (is_known != 0 && information.change > 0).then(|| timestamp(information.change))
}

/// From steps of 100 ns since 1601.
pub(super) fn timestamp(steps: i64) -> Timestamp {
    let steps = steps - 116_444_736_000_000_000;
    Timestamp::new(
        steps.div_euclid(10_000_000),
        (steps.rem_euclid(10_000_000) * 100) as u32,
    )
}
