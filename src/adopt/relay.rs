//! The server that outgoing mail leaves by.

use super::{FoundRelay, Left};
use crate::spec::{Fqdn, Secret};

/// The relay, and its login out of the rows of its password map.
pub(super) fn relay(relayhost: &str, rows: &[(String, String)]) -> Result<FoundRelay, Left> {
    let not_understood = || {
        Left::stop(
            format!("relayhost = {relayhost}"),
            "It is not understood: set network.relay after the adoption, or take it out.",
        )
    };
    let bare = relayhost.trim_start_matches('[');
    let (host, port) = match bare.split_once("]:").or_else(|| bare.split_once(':')) {
        Some((host, port)) => (host, port.parse().or_else(|_| service(port)).map_err(|()| not_understood())?),
        None => (bare.trim_end_matches(']'), 25),
    };
    let host = Fqdn::parse(host).map_err(|_| not_understood())?;
    let found = rows.iter().find(|(key, _)| key == relayhost || key.trim_matches(['[', ']']) == host.as_str());
    let login = found.and_then(|(_, value)| value.split_once(':'));
    let login = login.map(|(user, password)| (user.to_owned(), Secret::new(password.to_owned())));
    Ok(FoundRelay { host, port, login })
}

fn service(name: &str) -> Result<u16, ()> {
    match name {
        "smtp" => Ok(25),
        "submission" => Ok(587),
        "submissions" | "smtps" => Ok(465),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_read_with_its_login() {
        let rows = [("[smtp.relay.example]:587".to_owned(), "user:pass:word".to_owned())];
        let found = relay("[smtp.relay.example]:587", &rows).unwrap();
        assert_eq!((found.host.as_str(), found.port), ("smtp.relay.example", 587));
        assert_eq!(found.login.unwrap(), ("user".into(), Secret::new("pass:word".into())));
        assert_eq!(relay("smtp.relay.example:submission", &[]).unwrap().port, 587);
        assert!(relay("[192.0.2.1]", &[]).unwrap_err().stops);
    }
}
