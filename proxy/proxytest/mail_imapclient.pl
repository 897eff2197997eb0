# Reads two mails, appends one, and reads flags.
use strict; use warnings; use Mail::IMAPClient;
my ($host, $port, $user, $pass, $log) = @ARGV;
my %debug;
if ($log) { open my $to, ">", $log or die $!; %debug = (Debug => 1, Debug_fh => $to) }
my $c = Mail::IMAPClient->new(Server => $host, Port => $port, User => $user, Password => $pass, Uid => 1, %debug) or die $@;
$c->select("INBOX") or die $@;
my @all = $c->messages;
defined $c->message_string($_) or die $@ for @all[0, 1];
$c->append("INBOX", "Subject: appended\r\n\r\nGr\xc3\xbc\xc3\x9fe {5}\r\n") or die $@;
$c->flags($all[0]) or die $@;
$c->logout;
