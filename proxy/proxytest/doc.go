// Package proxytest is real servers and clients from Debian packages, run for tests.
//
//	server := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": mails}})
//	got := proxytest.Curl(t, proxytest.Account{Addr: server.Plain, User: "fred"})
//
// # Rules
//
//   - A program that is not installed skips the test and names its Debian package;
//     with IMAPSCOPE_REQUIRE_PEERS=1 in the environment it fails the test instead.
//   - Everything listens on loopback, on ports that were free, with its own
//     configuration in a folder that goes with the test; nothing reads the user's.
//   - What was started is stopped by its own process, and waited for, before the test
//     ends. What it said is in the test's log if the test failed.
//   - A client gives back the mails as its user would have them; what it adds itself
//     when it stores them is taken off again.
package proxytest
