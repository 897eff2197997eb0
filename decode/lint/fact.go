package lint

// Fact is one kind of thing that happens on a connection. A rule lists the facts that
// it looks at and is run for no others. Each comment names what the Pass holds beside
// the connection.
type Fact uint8

// The facts.
const (
	// A client's command: message, tree and cmd.

	OnRequest    Fact = iota // it has come whole, or has broken off
	OnBadTag                 // node: a tag that is reserved for the server
	OnBadRequest             // node: what the grammar of requests does not have
	OnClientLF               // node: a line end without its CR
	OnString                 // node: an atom, a number or a quoted string
	OnSequence               // node, sequence: numbers of messages
	OnFlagList               // node: a list of flags
	OnFlag                   // node: a flag
	OnName                   // node: the name of a fetch or store attribute, or of a search key
	OnSearchDate             // node: the date that a search compares with

	// A server's response: message, tree, and cmd if it belongs to a command.

	OnFirst       // the first line of a connection
	OnReady       // "+"
	OnJunk        // a line that is no response
	OnTagged      // the response to a command; the connection is as it was before
	OnOK          // the same response, after OnTagged, if it is OK
	OnBAD         // the same response, after OnTagged, if it is BAD
	OnOrphan      // the response to no command
	OnAfterBYE    // anything after BYE but LOGOUT's own response
	OnExists      // * n EXISTS
	OnExpunge     // * n EXPUNGE
	OnCopied      // * n COPY
	OnFetched     // * n FETCH
	OnStored      // * n STORE, the obsolete form of FETCH
	OnFound       // * SEARCH
	OnFlags       // * FLAGS
	OnNamed       // the name of a mailbox
	OnItem        // node, item: one property of a FETCH response
	OnLengths     // a FETCH response that showed a length, after the session has followed it
	OnQuoted      // node: a quoted string
	OnMiscounted  // node: a literal that does not end where it says
	OnBadDate     // node: an internal date that is none
	OnServerLF    // node: a line end without its CR
	OnBadEnvelope // node: what the grammar of an envelope does not have
	OnBadResponse // node: what the grammar of responses does not have elsewhere

	// A message of either side: message, and cmd if it belongs to a command.

	OnText    // span: bytes outside literals, or of a literal that is shown to people
	OnMissing // gap: bytes that were not captured
	OnPlain   // it came in the same segment as STARTTLS, or as the OK to it

	// What happens to the connection.

	OnAgain      // again: bytes came again while a command waited
	OnMeasured   // cmd took its time: waited, usual
	OnSame       // run: commands that differ in one number, when there are no more
	OnFetches    // run: FETCHes, one after the other, when there are no more
	OnPolls      // run: polls that brought nothing, when there are no more
	OnBrokenOff  // message: the connection ended within it
	OnNotAsked   // message, cmd: the connection ended while the client waited for "+"
	OnSwallowed  // message, span: the response to a command is within the literal that it ended in
	OnUnanswered // transaction, cmd: the connection ended before its response
	OnClosed     // closed: the connection ended; the facts above have been reported

	facts
)
