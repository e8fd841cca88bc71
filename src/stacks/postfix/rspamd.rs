//! Rspamd with Redis: judges all mail, signs ours.
//!
//! Only files in `local.d` are written, so that the operator's `override.d` wins; the one exception says why in itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use minijinja::{Value, context};

use super::addresses::sender_owners;
use super::filter::RSPAMD_PORT;
use super::maps::regexp;
use super::server::Server;
use crate::spec::{Domain, SignerKind};
use crate::stacks::{CommandLine, Desired, Directory, ManagedFile, Readiness, RenderError, Service};

const UNIT: &str = "rspamd.service";
const MAPS: &str = "/etc/rspamd/local.d/maps.d";
/// Copies of the DKIM keys that Rspamd, which is not root, can read.
const KEYS: &str = "/var/lib/rspamd/dkim";

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    desired.packages.names.extend(["rspamd", "redis-server"].map(str::to_owned));
    desired.directories.push(Directory { path: MAPS.into(), mode: 0o755, owner: "root".into(), group: "root".into() });
    let signs = server.spec.signer.kind == SignerKind::Rspamd;
    let protection = &server.spec.protection;
    let plain = [
        ("worker-proxy.inc", context! {}, "Rspamd's milter"),
        ("worker-normal.inc", context! {}, "a worker that is not needed"),
        ("worker-controller.inc", context! {}, "Rspamd's control port"),
        ("redis.conf", context! {}, "where Rspamd remembers"),
        (
            "actions.conf",
            context! {
                reject_score => score(protection.reject_score_tenths),
                junk_score => score(protection.junk_score_tenths),
                greylisting => protection.greylisting,
            },
            "from which score mail is spam",
        ),
        ("greylist.conf", context! { greylisting => protection.greylisting }, "greylisting"),
        ("milter_headers.conf", context! {}, "headers that Rspamd adds"),
        ("dmarc.conf", context! {}, "what is done with forged mail"),
        ("ratelimit.conf", context! {}, "how much a login may send"),
        ("multimap.conf", context! { maps => MAPS }, "which login may write as whom"),
        ("force_actions.conf", context! {}, "refuses a From of somebody else"),
        ("dkim_signing.conf", signing(server, signs), "who signs with which key"),
    ];
    for (name, values, purpose) in plain {
        let text = server.templates.render(&format!("{name}.j2"), values)?;
        desired.files.push(ManagedFile::text(format!("/etc/rspamd/local.d/{name}"), text, purpose).used_by(&[UNIT]));
    }
    let megabyte = 1_000_000_u64;
    let options = context! { max_message => (u64::from(protection.message_size_mb) + 5) * megabyte };
    desired.files.extend([
        ManagedFile::text(
            "/etc/rspamd/override.d/options.inc",
            server.templates.render("options.inc.j2", options)?,
            "whom Rspamd trusts",
        )
        .used_by(&[UNIT]),
        ManagedFile::text(format!("{MAPS}/mailwizard-any.map"), "/.+/\n".into(), "matches every login")
            .used_by(&[UNIT]),
        ManagedFile::text(format!("{MAPS}/mailwizard-senders.map"), senders(server), "which login may write as whom")
            .used_by(&[UNIT]),
    ]);
    if signs {
        keys(server, desired);
    }
    desired.services.extend([
        Service {
            restart_on_change: true,
            ready: vec![Readiness::TcpPort(6379)],
            ..Service::daemon("redis-server.service", "Rspamd's memory")
        },
        Service {
            validate: vec![CommandLine::new("rspamadm", &["configtest"])],
            // Its old workers serve until the new ones have compiled their patterns; a restart is seconds without a filter.
            ready: vec![Readiness::TcpPort(RSPAMD_PORT)],
            ..Service::daemon(UNIT, "filters spam and signs mail")
        },
    ]);
    Ok(())
}

fn keys(server: &Server, desired: &mut Desired) {
    desired.directories.push(Directory {
        path: KEYS.into(),
        mode: 0o750,
        owner: "root".into(),
        group: "_rspamd".into(),
    });
    for key in server.materials.dkim_keys.iter().chain(&server.materials.retired_dkim_keys) {
        let path = format!("{KEYS}/{}.{}.key", key.domain, key.selector);
        desired.files.push(
            ManagedFile::secret(path, key.private.clone(), "a DKIM key, as Rspamd reads it")
                .readable_by("_rspamd", 0o640)
                .used_by(&[UNIT]),
        );
    }
}

fn signing(server: &Server, enabled: bool) -> Value {
    let mut by_domain: BTreeMap<&Domain, Vec<Value>> = BTreeMap::new();
    for key in &server.materials.dkim_keys {
        let path = format!("{KEYS}/{}.{}.key", key.domain, key.selector);
        by_domain.entry(&key.domain).or_default().push(context! { selector => key.selector.as_str(), path });
    }
    let with_keys = server.spec.domains.iter().filter_map(|d| Some((&d.name, by_domain.remove(&d.name)?)));
    let domains: Vec<Value> = with_keys.map(|(name, keys)| context! { name => name.as_str(), keys }).collect();
    let host_domain = server.host_signer().map(|d| d.as_str());
    context! { enabled, domains, host_domain, hostname => server.spec.hostname.as_str() }
}

/// `login:address` pairs as regular expressions, with `+detail` allowed as Postfix allows it.
fn senders(server: &Server) -> String {
    let owners = sender_owners(server);
    let mut text = String::new();
    for (address, logins) in &owners {
        let Some((local, domain)) = address.split_once('@') else { continue };
        let local = if local.is_empty() {
            // A catch-all's owner writes as every address of the domain that is nobody else's.
            let suffix = format!("@{domain}");
            let named: Vec<String> = owners
                .keys()
                .filter_map(|other| other.strip_suffix(&suffix))
                .filter(|local| !local.is_empty())
                .map(regexp)
                .collect();
            format!("(?!({})(\\+[^@]*)?@)[^@]+", named.join("|"))
        } else {
            format!("{}(\\+[^@]*)?", regexp(local))
        };
        for login in logins {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "/^{}:{local}@{}$/", regexp(&login.to_string()), regexp(domain));
        }
    }
    text
}

fn score(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}
