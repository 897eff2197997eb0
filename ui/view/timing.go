package view

import (
	"fmt"
	"math"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// MaxTurns is how many turns within a request or an answer a Timing has: what a
// "+" is waited for, and what it lets the client send.
const MaxTurns = 50

// Backwards is what is said of a part that ended before it began, as far as the
// capture's clock tells.
const Backwards = "clock ran backwards"

// Timing is where the time of one transaction went. Times are those of the
// capture: when octets came by, not when they were sent.
type Timing struct {
	Parts []Part
	// Took is the exchange time, from the request's first octet to the tagged
	// response's line feed; without one, to the last octet that was seen.
	Took  time.Duration
	Notes []string // what else there is to know: octets lost, no response
}

// Part is one part of a transaction's time.
type Part struct {
	Depth int    // 1 for a turn within the part before it
	Name  string // in a word or two: "request", "ready 1"
	Words string // who did what meanwhile

	Begin time.Time
	Took  time.Duration // negative if Backwards
	// From and To are where the part lies in the exchange, 0 its beginning and 1
	// its end. They are equal if the part took no time, if it is Backwards, or if
	// it lies outside.
	From, To  float64
	Backwards bool
}

// NewTiming is where the time of t went. Of its messages, in the order in which the
// decoder told of them, it takes the turns; without them there are none. Previous is
// when the transaction before it on its connection ended, zero if there is none.
func NewTiming(t *decode.Transaction, messages []*decode.Message, previous time.Time) *Timing {
	x := &timing{t: t, Timing: new(Timing)}
	x.read(messages)
	x.pause(previous)
	if t.Outcome == decode.Orphan {
		x.part("response", "a tagged response that no request asked for", t.Time, t.End)
	} else {
		x.request()
		x.answer()
	}
	x.scale()
	x.notes()
	return x.Timing
}

// timing is a Timing that is being made.
type timing struct {
	*Timing
	t *decode.Transaction

	asked  []turn    // what "+" came before the request's end
	turns  []turn    // the client's lines after it
	more   int       // turns beyond MaxTurns
	first  time.Time // of what answered the request once it had ended
	last   time.Time // the last octet seen
	early  bool      // something other than "+" answered before the request's end
	tagged bool      // what answered first is the tagged response
}

// turn is a "+" (Begin zero), or from a "+" to the line that it let the client send.
type turn struct{ begin, end time.Time }

// read finds out what the transaction itself does not tell. The order of messages
// is that of the capture, so the clock need not be trusted for it.
func (x *timing) read(messages []*decode.Message) {
	var ready time.Time
	sent := false
	for _, m := range messages {
		x.last = later(x.last, m.End)
		switch {
		case m.Kind == decode.Request:
			sent = true
		case m.Kind == decode.Continuation:
			x.turn(&x.turns, turn{ready, m.End})
		case m.Kind == decode.Ready && !sent:
			x.turn(&x.asked, turn{end: m.Time})
		case m.Dir == capture.ServerToClient && !sent:
			x.early = true
		}
		if m.Kind == decode.Ready {
			ready = m.Time
		}
		if sent && m.Dir == capture.ServerToClient && x.first.IsZero() {
			x.first, x.tagged = m.Time, m.Kind == decode.Tagged
		}
	}
	if len(messages) == 0 {
		if x.first = x.t.FirstResponse; x.t.Ready > 0 && x.first.Equal(x.t.FirstReady) {
			x.first = x.t.End // when the answer began, only messages tell
		}
	}
	x.last = later(later(x.last, x.t.RequestEnd), x.first)
	if !x.t.End.IsZero() {
		x.last = x.t.End
	}
}

func (x *timing) turn(to *[]turn, t turn) {
	if len(x.asked)+len(x.turns) >= MaxTurns {
		x.more++
		return
	}
	*to = append(*to, t)
}

func (x *timing) pause(previous time.Time) {
	switch d := x.t.Time.Sub(previous); {
	case previous.IsZero():
	case d < 0:
		x.note("sent %s before the previous transaction ended", Duration(-d))
	case x.t.Outcome != decode.Orphan:
		x.part("pause", "since the previous transaction ended", previous, x.t.Time)
	}
}

func (x *timing) request() {
	t := x.t
	if t.RequestEnd.IsZero() {
		x.note("the request's end was not seen")
		return
	}
	words := fmt.Sprintf("the client sends its request: %d octets", t.Octets[capture.ClientToServer])
	if len(x.turns) > 0 {
		words = "the client sends its request"
	}
	x.part("request", words, t.Time, t.RequestEnd)
	from := t.Time
	for i, r := range x.asked {
		words := "until the server is ready for the literal"
		if i > 0 {
			words = "a literal, and until the server is ready for the next"
		}
		x.within(fmt.Sprintf("ready %d", i+1), words, from, r.end)
		from = r.end
	}
	if len(x.asked) > 0 && x.more == 0 {
		x.within("literal", "the last literal, and the rest of the request", from, t.RequestEnd)
	}
}

func (x *timing) answer() {
	t := x.t
	if x.first.IsZero() || t.RequestEnd.IsZero() {
		return
	}
	x.part("server", "until the first response", t.RequestEnd, x.first)
	words := "first response to tagged response"
	switch {
	case t.End.IsZero():
		words = "first response to the last octet seen"
	case x.tagged:
		words = "the tagged response"
	}
	words += fmt.Sprintf(": %d octets", t.Octets[capture.ServerToClient])
	x.part("transfer", words, x.first, x.last)
	for i, r := range x.turns {
		from := r.begin
		if from.IsZero() {
			from = t.RequestEnd
		}
		x.within(fmt.Sprintf("client %d", i+1), "from the server's ready to the end of the client's line", from, r.end)
	}
}

func (x *timing) part(name, words string, begin, end time.Time) {
	p := Part{Name: name, Words: words, Begin: begin, Took: end.Sub(begin)}
	if p.Took < 0 {
		p.Backwards, p.Words = true, Backwards
	}
	x.Parts = append(x.Parts, p)
}

func (x *timing) within(name, words string, begin, end time.Time) {
	x.part(name, words, begin, end)
	x.Parts[len(x.Parts)-1].Depth = 1
}

func (x *timing) note(format string, args ...any) {
	x.Notes = append(x.Notes, fmt.Sprintf(format, args...))
}

// scale says where each part lies in the exchange.
func (x *timing) scale() {
	begin, end := x.t.Time, x.last
	x.Took = max(end.Sub(begin), 0)
	for i := range x.Parts {
		p := &x.Parts[i]
		p.From = fraction(p.Begin.Sub(begin), x.Took)
		p.To = max(p.From, fraction(p.Begin.Sub(begin)+p.Took, x.Took))
	}
}

// fraction is a share of the whole, within 0 and 1.
func fraction(d, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return min(max(float64(d)/float64(whole), 0), 1)
}

func (x *timing) notes() {
	t := x.t
	if t.Outcome == decode.Abandoned {
		x.note("no tagged response came")
	}
	if x.early && t.Outcome != decode.Orphan {
		x.note("the server answered before the request had ended")
	}
	if x.last.Before(t.Time) {
		x.note("%s between the request and its response", Backwards)
	}
	if t.Lost > 0 {
		x.note("%d octets were not captured meanwhile", t.Lost)
	}
	if x.more > 0 {
		x.note("%d more turns are not shown", x.more)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Duration is a time for people: milliseconds to three digits, or seconds, minutes
// and hours where there are many.
func Duration(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case d < 0:
		return "-" + Duration(-max(d, -math.MaxInt64))
	case ms < 10:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f ms", ms)
	case d < 10*time.Second:
		return fmt.Sprintf("%.0f ms", ms)
	case d < 10*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 10*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}
