//! Mail that waits.

use serde::Deserialize;

use crate::front::overview::Queue;
use crate::front::wizard::WizardError;
use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// The fields of `postqueue -j` that are read (postqueue(1)).
#[derive(Deserialize)]
struct Waiting {
    queue_name: String,
    arrival_time: i64,
}

pub(super) fn look(host: &dyn Host) -> Result<Queue, WizardError> {
    let mut queue = Queue::default();
    let now = host.now().as_second();
    let output = host.run(&CommandLine::new("postqueue", &["-j"]), &mut |line| count(line, now, &mut queue))?;
    if !output.succeeded() {
        let reason = crate::printable::excerpt(output.stderr.trim(), 120);
        return Err(HostError::Unexpected { what: "postqueue".into(), reason }.into());
    }
    Ok(queue)
}

fn count(line: &str, now: i64, queue: &mut Queue) {
    let Ok(message) = serde_json::from_str::<Waiting>(line) else { return };
    queue.waiting += 1;
    // Mail on hold waits because somebody wants it to.
    if message.queue_name != "hold" {
        queue.oldest = queue.oldest.max(now - message.arrival_time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::printed;

    #[test]
    fn messages_are_counted_and_mail_on_hold_has_no_age() {
        let host = FakeHost::default();
        let now = host.now().as_second();
        host.script("postqueue", move |_, _| {
            let line = |queue: &str, age: i64| {
                format!("{{\"queue_name\": \"{queue}\", \"queue_id\": \"4F1A\", \"arrival_time\": {}}}\n", now - age)
            };
            printed(&(line("deferred", 300) + &line("hold", 90_000)))
        });
        assert_eq!(look(&host).unwrap(), Queue { waiting: 2, oldest: 300 });
    }
}
