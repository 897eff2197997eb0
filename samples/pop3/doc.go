// Package pop3 implements a small POP3 server (RFC 1939) over mail in memory, for the comparison with IMAP.
//
//	s := pop3.New(pop3.Options{Mail: list})
//	x := s.NewSession() // one client's conversation, without a connection
//	answer, more := x.Write([]byte("STAT\r\n"))
//
// # Rules
//
//   - It has the commands that every server must have (section 5), and of the optional ones
//     (section 7) TOP, UIDL, USER and PASS.
//   - There is one user and one maildrop. A session that has logged in holds its lock until
//     it ends (section 4, p. 4).
//   - Messages are removed only by QUIT (section 6, p. 10): a session that ends in another
//     way removes none.
//   - A client cannot use more memory than it sends: lines are bounded.
package pop3
