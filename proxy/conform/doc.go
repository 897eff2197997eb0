// Package conform drives a server from the RFCs' own sessions, and reports where it does not do what they demand.
//
//	r := &conform.Runner{Dial: dial, User: "fred", Password: "secret"}
//	report, err := r.Run(ctx, conform.Embedded())
//
// For each script:
//
//	log in, make a mailbox, fill it ─> steps ─> delete the mailbox
//	                                     │
//	          send, wait, compare what came with what the step expects
//
// # Scripts
//
// A script is a text file: a header of "name: value" lines, an empty line, and steps. Its
// header is that of imaptest's scripted tests, and two more lines:
//
//	title: the commands of the selected state
//	dialect: IMAP4rev1 IMAP4rev2
//	capabilities: UIDPLUS
//	state: selected
//	messages: 3
//
// Each step has a title, what the RFC calls the rule, and where it is:
//
//	= STORE answers with the new flags
//	MUST RFC 3501, "6.4.6. STORE Command", p. 58
//	C: STORE 1 +FLAGS (\Flagged)
//	* 1 FETCH (FLAGS (\Flagged))
//	S: OK
//
// The lines of a step are done in order:
//
//	C: …     sends a command, with a tag before it
//	L: …     sends a line as it is: DONE, a SASL response, a tag that is not one
//	S: OK …  waits for the tagged response to the oldest command that has none yet;
//	         OK|NO is either, and what follows must begin its text
//	S: +     waits for a continuation request
//	S: * …   waits for untagged data
//
// and these are compared with the untagged data that came while the step ran:
//
//   - …      must be there
//     ! …      must not
//
// A number before the letter is another connection ("2C: NOOP", "2* …"). A literal is
// ${literal:…}, one that does not wait ${literal+:…}, one of lines "{{{", the lines, "}}}"; and
// ${message:1} is the first of the messages that a script appends.
//
// Expectations are trees, compared with the tree of the response: $name binds a variable, or
// is its value; $ is any value; and the directives of imaptest ($!unordered, $!noextra …)
// say how the elements of a list are compared. $* at the end is any further values.
//
// # Rules
//
//   - It changes only what it made: scripts of IMAP4 work in mailboxes of their own, which are
//     deleted at the end, after a failure and an interruption too. IMAP2 cannot make any: its
//     scripts change flags of the first messages of the mailbox, which are restored, and only
//     Runner.Expunge lets them remove messages.
//   - What the server does not offer is skipped, and counted.
//   - A MUST that is not kept is a failure, a SHOULD a warning, a MAY a remark.
//   - No server can make a run hang: each wait ends after Timeout without a byte, or after ten
//     times that in total, or maxAnswer bytes. After that a connection is not used any more.
//   - The order of a list of numbers in a SEARCH response does not matter.
//   - What decode/lint finds wrong with the server is reported too: scripts look at what they ask
//     for, the rules at everything.
package conform
