//! Standard output that lives on when nobody reads it any more.

use std::io::{self, BufWriter, Stdout, Write};

/// A buffered writer that swallows what is written after the reader has gone (`mailwizard plan | head`), so that the
/// work and the exit code are the same with and without a pipe. Other errors, a full disk for example, are reported.
pub struct Output<W: Write> {
    inner: W,
    reader_gone: bool,
}

impl Output<BufWriter<Stdout>> {
    /// Standard output, buffered: flushed by [`Write::flush`] and when dropped.
    pub fn stdout() -> Self {
        Self::new(BufWriter::new(io::stdout()))
    }
}

impl<W: Write> Output<W> {
    /// Wraps any writer.
    pub fn new(inner: W) -> Self {
        Self { inner, reader_gone: false }
    }

    fn unless_gone(&mut self, result: io::Result<usize>, all: usize) -> io::Result<usize> {
        match result {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.reader_gone = true;
                Ok(all)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reader_gone {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.unless_gone(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.reader_gone {
            return Ok(());
        }
        let result = self.inner.flush().map(|()| 0);
        self.unless_gone(result, 0).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed(io::ErrorKind);

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_error_but_a_full_disk_is() {
        let mut gone = Output::new(Closed(io::ErrorKind::BrokenPipe));
        writeln!(gone, "one").unwrap();
        gone.flush().unwrap();
        let mut full = Output::new(Closed(io::ErrorKind::StorageFull));
        assert_eq!(writeln!(full, "one").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
