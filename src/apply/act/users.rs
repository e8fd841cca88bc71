//! System users.

use super::{Acted, must};
use crate::apply::ApplyError;
use crate::host::Host;
use crate::stacks::{CommandLine, SystemUser};

/// Makes the group and the user where they are missing; its home is made as a folder of its own.
pub(super) fn create(host: &dyn Host, user: &SystemUser, on_line: &mut dyn FnMut(&str)) -> Result<Acted, ApplyError> {
    if host.has_user(&user.name) {
        return Ok(Acted::Done);
    }
    let id = user.id.map(|id| id.to_string());
    let home = user.home.display().to_string();
    // With --force an existing group of the name is no error.
    let mut group = vec!["--force", "--system"];
    let mut person = vec!["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--home-dir", &home];
    if let Some(id) = &id {
        group.extend(["--gid", id]);
        person.extend(["--uid", id]);
    }
    person.extend(["--gid", &user.name, &user.name]);
    group.push(&user.name);
    must(host, &CommandLine::new("groupadd", &group), on_line)?;
    must(host, &CommandLine::new("useradd", &person), on_line)?;
    Ok(Acted::Done)
}
