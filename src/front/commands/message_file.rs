//! A message that the operator gives as a file, or pastes on standard input.

use std::io::Read as _;
use std::path::Path;

use crate::front::exit::{Exit, Failure};
use crate::host::{Host as _, RealHost};

/// The largest message that is looked at, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

/// The message at a path, or on standard input for '-'. Nothing there, or nothing but white space, is wrong usage.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut message = Vec::new();
    let shown = path.display();
    match path.as_os_str() == "-" {
        true => _ = std::io::stdin().lock().take(MOST).read_to_end(&mut message)?,
        false => match RealHost.open(path)? {
            Some(file) => _ = file.take(MOST).read_to_end(&mut message)?,
            None => return Err(Failure::new(Exit::Usage, format!("'{shown}' does not exist."))),
        },
    }
    match message.iter().all(u8::is_ascii_whitespace) {
        true => {
            Err(Failure::new(Exit::Usage, format!("'{shown}' is empty; it should hold a message with its headers.")))
        }
        false => Ok(message),
    }
}
