//! Batches of reads through io_uring.

use std::cell::Cell;
use std::io;
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use io_uring::register::Restriction;
use io_uring::{IoUring, opcode, types};

use super::ReadInto;

/// Maximum number of reads that are submitted at once.
const ENTRIES: u32 = 128;

/// Pause before a submission is retried.
const RETRY_PAUSE: Duration = Duration::from_millis(1);

/// An io_uring: a submission queue of reads and a completion queue.
pub(crate) struct Ring {
    ring: IoUring,
    /// True after the kernel refused requests; nothing is submitted any more.
    is_broken: bool,
}

thread_local! {
    /// See [`Ring::keep`].
    static KEPT: Cell<Option<Ring>> = const { Cell::new(None) };
}

impl Ring {
    /// Returns the ring that was kept for the calling thread, or creates one.
    ///
    /// # Errors
    ///
    /// The system's error: io_uring may be missing or forbidden.
    pub(crate) fn new() -> io::Result<Self> {
        if let Some(kept) = KEPT.take() {
            return Ok(kept);
        }
        let ring = IoUring::builder().setup_clamp().build(ENTRIES)?;
        Ok(Self {
            ring,
            is_broken: false,
        })
    }

    /// Creates a ring that is permanently restricted to reads from descriptors:
    /// operations of a ring bypass the seccomp filter. For threads that will be
    /// confined ([`super::restrict_to_reading`]) and cannot create one
    /// afterwards.
    ///
    /// # Errors
    ///
    /// The system's error: io_uring may be missing or forbidden, and before
    /// Linux 5.10 it cannot be restricted.
    pub(crate) fn read_only() -> io::Result<Self> {
        let ring = IoUring::builder()
            .setup_clamp()
            .setup_r_disabled()
            .build(ENTRIES)?;
        let submitter = ring.submitter();
        // Allows reads only: no other operation, no request flags, no
        // registrations.
        submitter.register_restrictions(&mut [Restriction::sqe_op(opcode::Read::CODE)])?;
        submitter.register_enable_rings()?;
        Ok(Self {
            ring,
            is_broken: false,
        })
    }

    /// Keeps this ring for the next call of [`Ring::new`] on this thread.
    pub(crate) fn keep(self) {
        KEPT.set(Some(self));
    }

    /// Returns true if the kernel refused requests. All later reads stay
    /// undone.
    #[must_use]
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Performs each of these reads once. Before it waits, it calls `on_wait`
    /// with the index of the first read that is not done. Returns the number of
    /// reads that were done without waiting: their data was in memory.
    ///
    /// All requests are submitted together, so that those for neighbouring
    /// blocks are merged.
    pub(crate) fn read_each(
        &mut self,
        reads: &mut [ReadInto<'_>],
        on_wait: &mut dyn FnMut(usize),
    ) -> usize {
        let mut without_wait = 0;
        let mut from = 0;
        for some in reads.chunks_mut(ENTRIES as usize) {
            without_wait += self.read_chunk(some, &mut |at| on_wait(from + at));
            from += some.len();
        }
        without_wait
    }

    fn read_chunk(&mut self, reads: &mut [ReadInto<'_>], on_wait: &mut dyn FnMut(usize)) -> usize {
        if self.is_broken {
            return 0;
        }
        for (read, index) in reads.iter_mut().zip(0..) {
            read.result = None;
            // A read of 4 GiB or more would be shortened, but none is
            // requested.
            let length = u32::try_from(read.buffer.len()).unwrap_or(u32::MAX);
            let file = types::Fd(read.file.as_raw_fd());
            let entry = opcode::Read::new(file, read.buffer.as_mut_ptr(), length)
                .offset(read.offset)
                .build()
                .user_data(index);
            // SAFETY: the file and the buffer are borrowed by `reads`, which
            // this function holds until the kernel has completed this request:
            // it does not return before, even on an error or panic. Requests
            // that the kernel refused when the ring broke are never submitted:
            // nothing is submitted after that. Requests that do not fit the
            // queue are not submitted either, and stay without a result.
            #[allow(unsafe_code, reason = "the kernel writes into the buffer")]
            let result = unsafe { self.ring.submission().push(&entry) };
            if result.is_err() {
                break;
            }
        }
        let mut pushed = self.ring.submission().len();
        let mut in_flight = pushed;
        let mut without_wait = None;
        let mut first = 0;
        let mut panic = None;
        // The first submission does not wait: it returns the data that is in
        // memory.
        let mut wanted = 0;
        while in_flight > 0 {
            if self.is_broken {
                std::thread::sleep(RETRY_PAUSE);
            } else if let Err(error) = self.ring.submit_and_wait(wanted) {
                match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    // Too little memory, or too many completions to collect
                    // first.
                    io::ErrorKind::WouldBlock | io::ErrorKind::ResourceBusy => {
                        std::thread::sleep(RETRY_PAUSE);
                    }
                    // Requests in flight complete on their own, the rest never
                    // does.
                    _ => {
                        self.is_broken = true;
                        let kept = self.ring.submission().len();
                        in_flight -= kept;
                        pushed -= kept;
                    }
                }
            }
            for done in self.ring.completion() {
                in_flight -= 1;
                if let Some(read) = reads.get_mut(done.user_data() as usize) {
                    let result = done.result();
                    read.result = Some(match usize::try_from(result) {
                        Ok(length) => Ok(length),
                        Err(_) => Err(io::Error::from_raw_os_error(-result)),
                    });
                }
            }
            let before = pushed - in_flight;
            without_wait.get_or_insert(before);
            while reads.get(first).is_some_and(|read| read.result.is_some()) {
                first += 1;
            }
            if in_flight > 0 && panic.is_none() {
                panic = catch_unwind(AssertUnwindSafe(|| on_wait(first))).err();
            }
            wanted = 1;
        }
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
        without_wait.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;

    #[test]
    fn every_read_gets_its_bytes() {
        let Ok(mut ring) = Ring::new() else {
            eprintln!("skipped: there is no io_uring here");
            return;
        };
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..3000_u32).flat_map(u32::to_le_bytes).collect();
        file.write_all(&content).unwrap();
        let mut buffers = vec![[0; 100]; 300];
        let mut reads: Vec<ReadInto<'_>> = buffers
            .iter_mut()
            .enumerate()
            .map(|(at, buffer)| ReadInto::new(&file, buffer, at as u64 * 50))
            .collect();
        ring.read_each(&mut reads, &mut |_| {});
        let lengths: Vec<usize> = reads
            .iter_mut()
            .map(|r| r.take().unwrap().unwrap())
            .collect();
        drop(reads);
        for (at, length) in lengths.into_iter().enumerate() {
            let expected = &content[(at * 50).min(content.len())..];
            assert_eq!(length, expected.len().min(100), "{at}");
            assert_eq!(buffers[at][..length], expected[..length], "{at}");
        }
    }

    #[test]
    fn a_ring_that_the_kernel_refuses_is_broken() {
        let Ok(mut ring) = Ring::new() else {
            eprintln!("skipped: there is no io_uring here");
            return;
        };
        let null = File::open("/dev/null").unwrap();
        // SAFETY: both descriptors are open, and the replaced one is still
        // closed once, by the ring.
        #[allow(unsafe_code, reason = "nothing else takes the place of a ring")]
        let result = unsafe { libc::dup2(null.as_raw_fd(), ring.ring.as_raw_fd()) };
        assert!(result >= 0);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        let (mut a, mut b) = ([0; 3], [0; 3]);
        let mut reads = [
            ReadInto::new(&file, &mut a, 0),
            ReadInto::new(&file, &mut b, 0),
        ];
        assert!(!ring.is_broken());
        for _ in 0..2 {
            assert_eq!(ring.read_each(&mut reads, &mut |_| {}), 0);
            assert!(ring.is_broken());
            assert!(reads.iter_mut().all(|read| read.take().is_none()));
        }
    }

    #[test]
    fn each_read_fails_by_itself() {
        let Ok(mut ring) = Ring::new() else {
            eprintln!("skipped: there is no io_uring here");
            return;
        };
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        let directory = File::open(".").unwrap();
        let (mut a, mut b) = ([0; 3], [0; 3]);
        let mut reads = [
            ReadInto::new(&directory, &mut a, 0),
            ReadInto::new(&file, &mut b, 0),
        ];
        ring.read_each(&mut reads, &mut |_| {});
        assert_eq!(
            reads[0].take().unwrap().unwrap_err().kind(),
            io::ErrorKind::IsADirectory
        );
        assert_eq!(reads[1].take().unwrap().unwrap(), 3);
        assert_eq!(&b, b"abc");
    }

    #[test]
    fn a_read_only_ring_refuses_other_operations() {
        let Ok(mut ring) = Ring::read_only() else {
            eprintln!("skipped: io_uring cannot be restricted here");
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "words").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let fd = types::Fd(file.as_raw_fd());
        let (name, value) = (c"user.a", [b'v']);
        let others = [
            opcode::Nop::new().build(),
            opcode::Write::new(fd, value.as_ptr(), 1).build(),
            opcode::FSetXattr::new(fd, name.as_ptr(), value.as_ptr().cast(), 1).build(),
            opcode::OpenAt::new(types::Fd(libc::AT_FDCWD), name.as_ptr()).build(),
            opcode::Socket::new(libc::AF_UNIX, libc::SOCK_STREAM, 0).build(),
        ];
        for entry in others {
            // SAFETY: the file, the name and the value outlive the request,
            // whose completion is awaited.
            #[allow(unsafe_code, reason = "requests hold pointers")]
            unsafe { ring.ring.submission().push(&entry) }.unwrap();
            ring.ring.submit_and_wait(1).unwrap();
            let answer = ring.ring.completion().next().unwrap();
            assert_eq!(answer.result(), -libc::EACCES, "{entry:?}");
        }
        assert!(ring.ring.submitter().unregister_files().is_err());
        let mut buffer = [0; 5];
        let mut reads = [ReadInto::new(&file, &mut buffer, 0)];
        ring.read_each(&mut reads, &mut |_| {});
        assert_eq!(reads[0].take().unwrap().unwrap(), 5);
        assert_eq!(&buffer, b"words");
    }

    #[test]
    fn a_confined_thread_uses_the_ring_that_was_kept_for_it() {
        let confined = std::thread::spawn(|| {
            let ring = Ring::read_only();
            let is_there = ring.is_ok();
            ring.map(Ring::keep).ok();
            super::super::restrict_to_reading().unwrap();
            assert_eq!(Ring::new().is_ok(), is_there);
            // The kept ring was used up, and no other can be created.
            assert!(Ring::new().is_err());
        });
        confined.join().unwrap();
    }
}
