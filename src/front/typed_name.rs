//! Names that must be typed out before something is gone for good.

use super::asking;
use super::changing::Changing;
use super::exit::{Exit, Failure};

/// Goes on only when `name` was typed out: in the option, or now. `--yes` alone is not enough.
pub fn confirm(changing: &mut Changing, what: &str, name: &str, typed: Option<&str>) -> Result<(), Failure> {
    let typed = match (typed, &mut changing.asker) {
        (Some(typed), _) => typed.to_owned(),
        (None, Some(asker)) => {
            let label = format!("{what} is removed for good. Type '{name}' to confirm");
            asking::given(asker.text(&label, "No undo brings it back.", "")?)?
        }
        (None, None) => {
            let sentence = format!("{what} would be removed for good: confirm it with --delete {name}.");
            return Err(Failure::new(Exit::Usage, sentence));
        }
    };
    if typed.trim() == name {
        return Ok(());
    }
    let typed = crate::printable::excerpt(typed.trim(), 80);
    Err(Failure::new(Exit::Usage, format!("'{typed}' is not '{name}': nothing was removed.")))
}
