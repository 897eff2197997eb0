package sasl

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"
)

// Limits on what is read of one line, and on what is kept of one text, in bytes.
const (
	MaxLine = 128 << 10
	MaxText = 1 << 10
)

// maxMechanism is the length of the longest name of a mechanism that is kept. RFC 4422,
// section 3.1, allows 20 characters.
const maxMechanism = 64

// Exchange follows one SASL exchange. Create it with New.
type Exchange struct {
	// Time is when the next line was sent, for a token that may have expired; it may be zero.
	Time time.Time

	r  Report
	by *mechanism

	challenges, responses int  // lines so far
	asked                 bool // the server sent a challenge before the last response
	secret                bool // LOGIN: the server asked for the password

	// What later messages are compared with; none of it is secret by itself.
	nonce  string // the client's, then the server's
	header string // SCRAM: the GS2 header
	server bool   // an answer of the server's proved its identity, or tried to
	failed bool   // the server sent an error in place of a challenge
	seals  bool   // GSSAPI: the context is complete, what follows is about security layers
	from   Side   // of the message that is being read
}

// New returns an Exchange for a mechanism, the argument of AUTHENTICATE.
func New(name string) *Exchange {
	name = strings.ToUpper(name[:min(len(name), maxMechanism)])
	x := &Exchange{by: find(name)}
	x.r = Report{Mechanism: name, Steps: x.by.steps, Stage: "begins"}
	return x
}

// Report returns what is known so far.
func (x *Exchange) Report() Report { return x.r }

// Initial follows the response on the line of the command (RFC 4959, section 3): "=" is an
// empty one.
func (x *Exchange) Initial(line []byte) {
	if string(line) == "=" {
		line = nil
	}
	x.Response(line)
}

// Challenge follows a line of the server, the text after "+ ".
func (x *Exchange) Challenge(line []byte) {
	before := x.r
	x.challenges++
	x.from = ByServer
	x.asked = true
	if b, ok := x.decode(line, "challenge"); ok {
		x.by.challenge(x, b)
	} else if x.challenges == 1 && x.responses == 0 && !x.by.serverFirst {
		x.r.Fault, x.r.FaultBy = "", NoSide // servers put a text there, and clients ignore it
		x.stage(0, "the server is ready")
	}
	x.r.markNew(&before)
}

// Response follows a line of the client. "*" cancels the exchange.
func (x *Exchange) Response(line []byte) {
	before := x.r
	x.responses++
	x.from = ByClient
	if string(line) == "*" {
		x.stage(x.r.Step, "the client cancels the exchange")
		x.r.Outcome = Canceled
	} else if b, ok := x.decode(line, "response"); ok {
		x.by.response(x, b)
	}
	x.asked = false
	x.r.markNew(&before)
}

// Lost follows a line of either side that was not captured completely.
func (x *Exchange) Lost() {
	before := x.r
	x.from = NoSide
	x.fault("a line was not captured completely")
	x.stage(x.r.Step, "a line that was not captured completely")
	x.r.markNew(&before)
}

// End follows the tagged response: OK, or NO or BAD.
func (x *Exchange) End(ok bool) {
	before := x.r
	switch {
	case ok:
		x.r.Outcome = Accepted
		x.r.Stage = "accepted"
	case x.r.Outcome == Canceled:
		x.r.Stage = "canceled by the client"
	default:
		x.r.Outcome = Refused
		x.r.Stage = "refused"
	}
	x.r.Ended = true
	x.r.markNew(&before)
}

// decode returns the bytes of a line; it reports false if it is not base64.
func (x *Exchange) decode(line []byte, what string) ([]byte, bool) {
	if len(line) > 0 && len(bytes.Trim(line, "#")) == 0 {
		x.stage(x.r.Step, "a "+what+" that was masked when it was recorded")
		return nil, false
	}
	if len(line) > MaxLine {
		x.stage(x.r.Step, "a "+what+" too long to be read")
		x.from = NoSide
		x.fault("a line is too long to be read")
		return nil, false
	}
	b := make([]byte, base64.StdEncoding.DecodedLen(len(line)))
	n, err := base64.StdEncoding.Decode(b, line)
	if err != nil {
		x.stage(x.r.Step, "a "+what+" that is not base64")
		x.fault("the " + what + " is not base64")
		return nil, false
	}
	return b[:n], true
}

// stage records which step of the mechanism the latest message is, and what it is.
func (x *Exchange) stage(step int, what string) { x.r.Step, x.r.Stage = step, what }

// fault records that a message is not as the mechanism requires. The first one is kept: what
// follows may be a consequence. It never has a text of the wire.
func (x *Exchange) fault(what string) {
	if x.r.Fault == "" {
		x.r.Fault, x.r.FaultBy = what, x.from
	}
}

// set stores a text for display, unless it can not be a name: with a control character it
// may be anything, a password among it. It reports whether it did.
func (x *Exchange) set(to *string, s []byte) bool {
	for _, c := range s {
		if c < ' ' || c == 0x7f {
			x.fault("a name has a control character")
			return false
		}
	}
	*to = string(s[:min(len(s), MaxText)])
	return true
}
