// Package session follows an IMAP connection: its state, user, dialect, capabilities and mailbox, and which bytes are secret.
//
// A Session follows one connection, message by message, and is cheap enough to
// run on every connection that is captured:
//
//	s := session.New(midStream)
//	s.Open(m)     // a client's command has begun: m.Place is where its secrets begin
//	s.Feed(m)     // each message, when it has ended
//	s.State       // protocol.Selected
//
// A World has a Model of each of several connections, which also follows the mailbox
// that is selected; it needs the tree of each response. The Models know nothing of each
// other. What happens to a mailbox that several of them have selected is the business of
// decode/account, and of nothing else: a Model reports Facts, and the account is a merge of
// them.
//
// # Rules
//
//   - Nothing else in this module follows a connection. The decoder runs a Session
//     and publishes its state; lint, redact, mock, script and the screens read it.
//   - A Session is fed Inputs, a type of its own. It does not import decode.
//   - A Session follows client and server without judging them; decode/lint does that.
//     Where they contradict the table of transitions, the server decides: a
//     command that it answered OK was allowed.
//   - The states, and what moves a connection from one to another, come from the
//     rows of decode/protocol (States and Moves); see Table.
//   - What was not seen is unknown. A connection whose beginning was not
//     captured is in protocol.UnknownState until something shows its state: an OK
//     to a command with a Move, or to one that is permitted in one state only.
//   - SELECT takes effect when its OK arrives. Its data already describes the new
//     mailbox, and is kept apart until then. A SELECT that fails leaves no mailbox
//     selected (RFC 3501, 6.3.1), because the old one was deselected (RFC 1176, p. 11).
//   - A Mailbox is what the client could know of it at that time, not what is true: a
//     message that was not mentioned is not in the model.
//   - A Fact follows from its own connection, never from another one: connections that are
//     decoded one after the other report the same facts as when they are decoded together.
//   - A message's number and its unique identifier lead to each other where the server
//     reported both, or left no other possibility: see Mailbox.Number.
//   - Memory is bounded: MaxKnown messages of a mailbox, MaxWords secret words of
//     MaxWordBytes together.
//
// # The dialect
//
// Dialect is the latest one that was shown or announced. A command that the server
// answered, but not with BAD, shows the dialect of its row; an extension counts as
// IMAP4rev1, and so does data that answers it. The greeting, CAPABILITY data and a
// CAPABILITY code announce the dialects that they name, except that IMAP4rev2 beside
// IMAP4rev1 has to be enabled: ENABLED shows it (RFC 9051, 6.3.1). RFC 1176 announces nothing,
// and all of its commands but FIND and BBOARD exist in later dialects, so IMAP2 is
// inferred: it is the dialect of a connection that was seen from its greeting and has
// had a tagged response, until a later dialect is shown. A connection without its
// beginning is IMAP2 only after FIND or BBOARD; data and codes of a later dialect show
// that one. A Session whose dialect is forced keeps it.
//
// # Secrets
//
// A secret is an argument whose role is RolePassword or RoleSASL with everything
// after it in its command, a line of a SASL exchange, and a line that is not a
// command after a command with a secret was refused or was incomplete: most likely
// what the server did not wait for. Where it is not clear where a secret begins,
// more is treated as secret: "LOGIN word" has no user, "LOGIN: fred pw", "XLOGIN" and
// "UID LOGIN" are not commands, and still hide what follows.
//
// Input.Secrets are the places of secrets in one message, of the client or,
// where the server's text repeats what is known, of the server. Words are the
// secrets of the connection so far, for texts that are made from messages: a
// finding, a sentence, a difference. A word of fewer than MinWord bytes is not
// searched for: it would be found inside ordinary words, and hiding it there would
// reveal it. It is hidden where it was sent and where it is a whole tag. Words are not
// searched for in data that is not human-readable text: above all in mail, which
// would reveal by its gaps what is hidden. The decoded form of a SASL response is
// searched for too.
//
// # SASL
//
// Input.SASL is what decode/sasl reads in an exchange: mechanism, stage, identities and
// errors. The user of the Session is set when the server accepts the exchange: the identity
// to act as if the client named one, and otherwise that of the password, token or ticket. An
// identity that was known as a secret before the exchange is hidden, and so is any secret in
// another text. The identities themselves are no secrets in the place where they are
// shown, but the response that they are in is masked as a whole.
package session
