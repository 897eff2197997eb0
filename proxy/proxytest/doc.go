// Package proxytest runs real servers and clients from Debian packages for tests.
//
//	server := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": mails}})
//	got := proxytest.Curl(t, proxytest.Account{Addr: server.Plain, User: "fred"})
//
// # Rules
//
//   - A program that is not installed skips the test and names its Debian package;
//     with IMAPSCOPE_REQUIRE_PEERS=1 in the environment it fails the test instead.
//   - Everything listens on free ports of loopback, with its own configuration in a
//     temporary folder of the test; nothing reads the user's.
//   - Each started process is stopped, and waited for, before the test ends. Its output is in
//     the test's log if the test failed.
//   - A client returns the mails as its user would see them, without what the client adds
//     when it stores them.
package proxytest
