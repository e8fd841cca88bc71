//! What the fuzz targets share.

use std::future::Future;
use std::io::Cursor;

use mailwizard::probe::{Target, Transcript, Wire};
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
}

/// Runs it to its end.
pub fn wait_for<T>(what: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(what))
}

/// Holds a dialogue with a server that has said all its lines already, whatever it is told; then looks at what the
/// transcript kept of it.
pub fn dialogue<F: Future<Output = ()>>(received: &[u8], talk: impl FnOnce(Wire, Target) -> F) {
    let target = Target::new(([127, 0, 0, 1], 25).into());
    let stream = tokio::io::join(Cursor::new(received.to_vec()), tokio::io::sink());
    let transcript = Transcript::new();
    wait_for(talk(Wire::over(stream, &target, transcript.clone()), target));
    transcript.evidence().iter().for_each(|line| assert_printable(line));
}

/// Nothing in it moves a cursor, colours a line or turns the direction of writing.
pub fn assert_printable(text: &str) {
    let is_unsafe = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(is_unsafe), "{text:?}");
}
