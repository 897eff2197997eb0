package breakage

import (
	"fmt"
	"time"
)

// Outcome is how a client took a fault.
type Outcome string

// The outcomes.
const (
	Recovered Outcome = "recovered" // it went on, or did all it had to do
	Hung      Outcome = "hung"      // it waited for longer than the limit
	Ended     Outcome = "ended"     // it gave up: ended the session, or failed
	Lost      Outcome = "lost"      // mail is missing on the server
	Doubled   Outcome = "doubled"   // mail is on the server more often than it should be
	Unknown   Outcome = "unknown"   // what was observed does not show it
)

// Bad reports whether the client should have done better.
func (o Outcome) Bad() bool { return o == Hung || o == Lost || o == Doubled }

// A Result is how a client took one fault.
type Result struct {
	Fault   string  `json:"fault"` // its name
	Text    string  `json:"text"`  // in the language of fault.Parse
	Outcome Outcome `json:"outcome"`
	Why     string  `json:"why"`               // in words, from the Evidence
	HungMS  int64   `json:"hung_ms,omitempty"` // how long the client waited, if it hung
	Evidence
}

// Evidence is what was observed of a client under a fault.
type Evidence struct {
	Acted    int     `json:"acted"`              // how often the fault acted
	Conns    []int64 `json:"conns"`              // the numbers of the connections
	Commands int     `json:"commands"`           // that the client sent
	After    int     `json:"commands_after"`     // of those, after the fault had acted first in their connection
	OKAfter  int     `json:"ok_after"`           // of those, answered OK; without the end of the session
	Again    int     `json:"connections_after"`  // connections that began after the fault had acted
	Logout   bool    `json:"logout"`             // the client ended the session in order after the fault
	EndedBy  string  `json:"ended_by,omitempty"` // how the last connection that the fault acted on ended, in words
	SilentMS int64   `json:"silent_ms"`          // the longest time that the client sent nothing after the fault
	IdleMS   int64   `json:"idle_ms"`            // at the end: since the client did something, and
	QuietMS  int64   `json:"quiet_ms"`           // since either side did
	Program  *Exit   `json:"program,omitempty"`
	Output   string  `json:"output,omitempty"` // of the program, compared with without faults: same, differs; empty: not known
	Mail     *Mail   `json:"mail,omitempty"`   // nil: not known

	// MailError is why Mail is not known, if it was asked for.
	MailError string `json:"mail_error,omitempty"`
}

// Exit is how a program ended.
type Exit struct {
	Code     int     `json:"code"` // as a shell has it
	TimedOut bool    `json:"timed_out"`
	Seconds  float64 `json:"seconds"`
}

// Mail is how the mail of an account changed, in numbers of mails.
type Mail struct {
	Before int `json:"before"`
	After  int `json:"after"`
	Gained int `json:"gained"` // copies of mails that were added
	Lost   int `json:"lost"`   // copies that were removed
}

// judge decides how a client took a fault. plain is what it does without faults, nil if that
// is not known; limit is how long it may wait.
func judge(e, plain *Evidence, limit time.Duration) (o Outcome, why string) {
	if len(e.Conns) == 0 {
		return Unknown, "no connection came"
	}
	if e.Acted == 0 {
		return Unknown, "the fault did not act: the client did nothing that it is about"
	}
	if o, why := judgeMail(e, plain); o != Unknown {
		return o, why
	}
	silent, idle := time.Duration(e.SilentMS)*time.Millisecond, time.Duration(e.IdleMS)*time.Millisecond
	switch {
	case e.Program != nil && e.Program.TimedOut && time.Duration(e.QuietMS)*time.Millisecond < min(time.Second, limit/4):
		return Unknown, fmt.Sprintf("the program did not end within %s, but it was still at work: %d commands after the fault, %d connections", limit, e.After, e.Again)
	case e.Program != nil && e.Program.TimedOut:
		return Hung, fmt.Sprintf("the program did not end within %s; on the network it did nothing for the last %s", limit, idle.Round(100*time.Millisecond))
	case e.Program != nil && plain != nil && plain.Program != nil:
		return judgeProgram(e, plain)
	case silent >= limit:
		return Hung, fmt.Sprintf("after the fault the client sent nothing for %s", silent.Round(100*time.Millisecond))
	}
	return judgeTraffic(e)
}

// judgeMail compares what became of the mail on the server with what becomes of it without
// faults.
func judgeMail(e, plain *Evidence) (Outcome, string) {
	if e.Mail == nil || plain == nil || plain.Mail == nil {
		return Unknown, ""
	}
	m, p := e.Mail, plain.Mail
	switch {
	case m.Lost > p.Lost:
		return Lost, fmt.Sprintf("%d mails were removed from the server, without faults %d", m.Lost, p.Lost)
	case m.Gained > p.Gained:
		return Doubled, fmt.Sprintf("%d mails were added on the server, without faults %d", m.Gained, p.Gained)
	case m.Gained < p.Gained && succeeded(e, plain):
		return Lost, fmt.Sprintf("%d mails were added on the server, without faults %d, and the program reports success", m.Gained, p.Gained)
	}
	return Unknown, ""
}

// succeeded reports whether the program ended as it does without faults.
func succeeded(e, plain *Evidence) bool {
	return e.Program != nil && plain.Program != nil && !e.Program.TimedOut && e.Program.Code == plain.Program.Code
}

// judgeProgram judges by the program's end.
func judgeProgram(e, plain *Evidence) (Outcome, string) {
	switch {
	case !succeeded(e, plain):
		return Ended, fmt.Sprintf("the program ended with exit code %d, without faults with %d", e.Program.Code, plain.Program.Code)
	case plain.Program.Code != 0:
		return Unknown, fmt.Sprintf("the program ends with exit code %d without faults too", plain.Program.Code)
	case e.Output == outputDiffers:
		return Unknown, "the program reports success, but its output differs from that without faults"
	case e.Mail != nil && plain.Mail != nil && e.Mail.Lost < plain.Mail.Lost:
		return Unknown, fmt.Sprintf("the program reports success, but %d mails were removed from the server, without faults %d", e.Mail.Lost, plain.Mail.Lost)
	}
	why := "the program ended as without faults"
	if e.Output == outputSame {
		why += ", with the same output"
	}
	if e.Again > 0 {
		why += fmt.Sprintf("; connections after the fault: %d", e.Again)
	}
	return Recovered, why
}

// judgeTraffic judges by what passed on a connection.
func judgeTraffic(e *Evidence) (Outcome, string) {
	switch {
	case e.OKAfter > 0:
		return Recovered, fmt.Sprintf("%d commands after the fault were answered OK", e.OKAfter)
	case e.Logout:
		return Ended, "after the fault the client sent nothing but the end of the session"
	case e.After > 0:
		return Unknown, fmt.Sprintf("%d commands after the fault, none of which was answered OK; the connection was %s", e.After, e.EndedBy)
	case e.EndedBy == byClient:
		return Ended, "after the fault the client closed the connection without another command"
	case e.EndedBy == "":
		return Unknown, "the connection was still open"
	}
	return Unknown, "there was no command after the fault; the connection was " + e.EndedBy
}

// What Evidence.Output and Evidence.EndedBy say.
const (
	outputSame    = "same"
	outputDiffers = "differs"
	byClient      = "closed by the client"
)
