//! `nodupe digest`: a line with a digest for each path of a list.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::Serialize;

use super::args::DigestArgs;
use super::diagnostics::{Fatal, scan_failed};
use super::output::{cannot_write, standard_output};
use super::value_enums::DigestFormatChoice;
use super::{files_from, interrupt, resolve};
use crate::config::{HashAlgorithm, ScanConfig};
use crate::error::Error;
use crate::exit::Exit;
use crate::pipeline::{self, CancelToken, NamedDigest, NamedFile, NoDigest};
use crate::platform;
use crate::report::ExactPath;

/// Maximum number of paths that are looked up together.
const LIST: usize = 1024;

/// Bytes of the list that are read at once.
const READ: usize = 64 * 1024;

/// Writes the digests.
pub(super) fn run(args: &DigestArgs) -> Result<Exit, Fatal> {
    let mut config = ScanConfig::new(Vec::<PathBuf>::new());
    config.hash = args.hash.into();
    resolve::set_running(&mut config, &args.running)?;
    platform::raise_descriptor_limit();
    config.execution.worker_program = platform::own_program().ok();
    standard_output()?;
    let (lists, problem) = read(&args.files_from, args.null)?;
    let cancel = CancelToken::default();
    interrupt::cancel_first(cancel.clone(), Vec::new());
    let mut out = BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    let mut errors = 0;
    let mut each = |files: Vec<NamedFile>| {
        errors += files.iter().filter(|file| file.answer.is_err()).count() as u64;
        let mut lines = files.iter();
        let lines = lines.try_for_each(|file| line(&mut out, args.format, config.hash, file));
        // Whoever reads them may wait for each answer.
        written = lines.and_then(|()| out.flush());
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    };
    pipeline::digests(&config, args.ends, &cancel, lists, &mut each)
        .map_err(|error| scan_failed(error, &config.execution))?;
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Complete),
        Err(error) => return Err(cannot_write(None, &error)),
        Ok(()) => {}
    }
    match problem.try_recv() {
        Ok(fatal) => Err(fatal),
        Err(_) => Ok(Exit::of_scan(cancel.is_cancelled(), errors)),
    }
}

type Lists = (Receiver<Vec<PathBuf>>, Receiver<Fatal>);

/// Reads the list on a thread of its own, since it may be a pipe that somebody
/// writes to while the answers are read.
fn read(file: &Path, null: bool) -> Result<Lists, Fatal> {
    let opened = files_from::check_stream(file).and_then(|()| match files_from::is_input(file) {
        true => Ok(None),
        false => File::open(file).map(Some),
    });
    let opened = opened.map_err(|error| files_from::unreadable(file, &error))?;
    let (sender, lists) = bounded(1);
    let (tell, problem) = bounded(1);
    let name = file.to_owned();
    let read = move || {
        let ended = match opened {
            None => send(
                &mut BufReader::with_capacity(READ, io::stdin()),
                null,
                &sender,
                &name,
            ),
            Some(file) => send(
                &mut BufReader::with_capacity(READ, file),
                null,
                &sender,
                &name,
            ),
        };
        if let Err(fatal) = ended {
            let _ = tell.send(fatal);
        }
    };
    let thread = std::thread::Builder::new().name("list".to_owned());
    thread.spawn(read).map_err(Error::Thread)?;
    Ok((lists, problem))
}

/// Sends the paths on: as many at once as have arrived.
fn send(
    input: &mut BufReader<impl io::Read>,
    null: bool,
    sender: &Sender<Vec<PathBuf>>,
    name: &Path,
) -> Result<(), Fatal> {
    let end = if null { b'\0' } else { b'\n' };
    let mut list = Vec::new();
    let mut entry = Vec::new();
    loop {
        entry.clear();
        let count = input.read_until(end, &mut entry);
        let count = count.map_err(|error| files_from::unreadable(name, &error));
        let parsed = count.and_then(|count| Ok((count, files_from::parse(&entry, null)?)));
        match parsed {
            Ok((0, _)) => {
                let _ = sender.send(list);
                return Ok(());
            }
            Ok((_, paths)) => list.extend(paths),
            Err(fatal) => {
                let _ = sender.send(list);
                return Err(fatal);
            }
        }
        let more = input.buffer().contains(&end);
        if !list.is_empty()
            && (!more || list.len() >= LIST)
            && sender.send(std::mem::take(&mut list)).is_err()
        {
            return Ok(());
        }
    }
}

/// One line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    path: ExactPath<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

fn line(
    out: &mut impl Write,
    format: DigestFormatChoice,
    hash: HashAlgorithm,
    file: &NamedFile,
) -> io::Result<()> {
    match format {
        DigestFormatChoice::Jsonl => {
            let mut line = Line {
                path: ExactPath::of(&file.path),
                size: None,
                algorithm: None,
                partial: None,
                digest: None,
                error: None,
                message: None,
            };
            match &file.answer {
                Ok(found) => {
                    line.size = Some(found.size);
                    line.algorithm = Some(hash.as_str());
                    let digest = Some(found.digest.to_string());
                    match found.is_whole {
                        true => line.digest = digest,
                        false => line.partial = digest,
                    }
                }
                Err(NoDigest { kind, message }) => {
                    line.error = Some(kind.as_str());
                    line.message = Some(message);
                }
            }
            serde_json::to_writer(&mut *out, &line)?;
        }
        DigestFormatChoice::Tsv => {
            match &file.answer {
                Ok(NamedDigest {
                    size,
                    digest,
                    is_whole,
                }) => {
                    let kind = if *is_whole { "digest" } else { "partial" };
                    write!(out, "{kind}\t{digest}\t{size}\t")?;
                }
                Err(NoDigest { kind, .. }) => write!(out, "error\t{}\t\t", kind.as_str())?,
            }
            out.write_all(&escaped(platform::bytes_of(file.path.as_os_str())))?;
        }
    }
    out.write_all(b"\n")
}

/// A path as a field: a tab, a line break and a backslash are escaped.
fn escaped(path: &[u8]) -> Vec<u8> {
    let mut field = Vec::with_capacity(path.len());
    for &byte in path {
        match byte {
            b'\t' => field.extend(b"\\t"),
            b'\n' => field.extend(b"\\n"),
            b'\r' => field.extend(b"\\r"),
            b'\\' => field.extend(b"\\\\"),
            _ => field.push(byte),
        }
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_holds_neither_tabs_nor_line_breaks() {
        let table: [(&[u8], &[u8]); 4] = [
            (b"a b", b"a b"),
            (b"a\tb\nc\rd", b"a\\tb\\nc\\rd"),
            (b"a\\tb", b"a\\\\tb"),
            (b"\xff", b"\xff"),
        ];
        for (path, field) in table {
            assert_eq!(escaped(path), field, "{}", path.escape_ascii());
        }
    }

    #[test]
    fn a_list_is_sent_in_parts_and_in_order() {
        let paths: Vec<String> = (0..3000).map(|at| format!("dir/{at}")).collect();
        let text = paths.join("\n");
        let (sender, lists) = bounded(100);
        let input = &mut BufReader::with_capacity(READ, text.as_bytes());
        send(input, false, &sender, Path::new("list")).unwrap();
        drop(sender);
        let sent: Vec<Vec<PathBuf>> = lists.iter().collect();
        assert!(sent.len() > 2 && sent.iter().all(|list| list.len() <= LIST));
        let sent: Vec<_> = sent.into_iter().flatten().collect();
        assert_eq!(sent, paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        let (sender, lists) = bounded(100);
        let input = &mut BufReader::new(&b"good\nbad\0\nnever"[..]);
        let fatal = send(input, false, &sender, Path::new("list")).unwrap_err();
        assert!(fatal.to_string().contains("--null"), "{fatal}");
        drop(sender);
        let sent: Vec<_> = lists.iter().flatten().collect();
        assert_eq!(sent, [PathBuf::from("good")]);
    }
}
