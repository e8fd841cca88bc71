# Written by mailwizard. Runs before a user's own script: what the spam filter marked goes to Junk.
require ["fileinto", "mailbox"];

if header :is "X-Spam" "Yes" {
    fileinto :create "Junk";
    stop;
}
