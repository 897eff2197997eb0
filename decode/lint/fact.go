package lint

// Fact is a kind of thing that happens on a connection. A rule lists the facts that it
// looks at and is run for no others. Each comment names what the Pass holds besides the
// connection.
type Fact uint8

// The facts.
const (
	// A client's command: message, tree and cmd.

	OnRequest    Fact = iota // it is complete, or has broken off
	OnBadTag                 // node: a tag that is reserved for the server
	OnBadRequest             // node: not in the grammar of requests
	OnClientLF               // node: a line end without its CR
	OnString                 // node: an atom, a number or a quoted string
	OnMailbox                // node: the name of a mailbox, or a pattern of names, in IMAP4
	OnSequence               // node, sequence: numbers of messages
	OnFlagList               // node: a list of flags
	OnFlag                   // node: a flag
	OnName                   // node: the name of a fetch or store attribute, or of a search key
	OnSearchDate             // node: the date that a search compares with

	OnLine // a line that continues a command, or an empty one

	// A server's response: message, tree, and cmd if it belongs to a command.

	OnFirst       // the first line of a connection
	OnReady       // "+"
	OnJunk        // a line that is not a response
	OnTagged      // the response to a command; the session is as it was before
	OnOK          // the same response, after OnTagged, if it is OK
	OnBAD         // the same response, after OnTagged, if it is BAD
	OnOrphan      // a tagged response without a command
	OnAfterBYE    // anything after BYE except LOGOUT's own response
	OnExists      // * n EXISTS
	OnExpunge     // * n EXPUNGE
	OnCopied      // * n COPY
	OnFetched     // * n FETCH
	OnStored      // * n STORE, the obsolete form of FETCH
	OnFound       // * SEARCH
	OnFlags       // * FLAGS
	OnNamed       // the name of a mailbox
	OnItem        // node, item: one property of a FETCH response
	OnUID         // node, uid, prior: the unique identifier among these properties, of a message that exists
	OnStatus      // a status, or the greeting, with a text
	OnReported    // * STATUS
	OnFoundSet    // * ESEARCH
	OnVanished    // * VANISHED
	OnCode        // code, args, span: the code that the text of a status begins with
	OnBack        // back: a figure of a mailbox, after the session has followed it
	OnListed      // capabilities, after the session has followed them
	OnPart        // node, part: a whole part of a message, by number, after its structure if both came
	OnLengths     // a FETCH response that showed a length, after the session has followed it
	OnOdd         // node: a quoted string that is empty, or has an 8-bit byte, \, % or {
	OnMiscounted  // node: a literal that does not end where it announced
	OnBadDate     // node: not a valid internal date
	OnServerLF    // node: a line end without its CR
	OnBadEnvelope // node: not in the grammar of an envelope
	OnBadBody     // node: not in the grammar of a body structure
	OnBadResponse // node: not in the grammar of responses elsewhere

	// A message of either side: message, and cmd if it belongs to a command.

	OnText    // span: bytes outside literals, or of a literal that is shown to users; of a plain response none
	OnMissing // gap: bytes that were not captured
	OnPlain   // it came in the same segment as STARTTLS, or as the OK to it

	// What happens to the connection.

	OnRecord     // record: of a layer, and damaged
	OnAgain      // again: bytes were sent again while a command waited
	OnMeasured   // cmd took its time: waited, usual
	OnSame       // run: commands that differ in one number, when the run ends
	OnFetches    // run: consecutive FETCHes, when the run ends
	OnPolls      // run: polls that brought nothing, when the run ends
	OnBrokenOff  // message: the connection ended within it
	OnNotAsked   // message, cmd: the connection ended while the client waited for "+"
	OnSwallowed  // message, span: the response to a command is within the literal that it ended in
	OnUnanswered // transaction, cmd: the connection ended before its response
	OnClosed     // closed: the connection ended; the facts above have been reported

	facts
)
