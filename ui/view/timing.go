package view

import (
	"fmt"
	"math"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// MaxTurns is the maximum number of turns within a request or an answer in a Timing: the
// wait for a "+", and what the client sends after it.
const MaxTurns = 50

// Backwards describes a part that ended before it began according to the capture's clock.
const Backwards = "clock ran backwards"

// Timing is a breakdown of the time of one transaction. Times are those of the capture:
// when bytes were captured, not when they were sent.
type Timing struct {
	Parts []Part
	// Took is the exchange time, from the request's first byte to the tagged
	// response's line feed; without one, to the last byte that was seen.
	Took  time.Duration
	Notes []string // other facts: bytes lost, no response
}

// Part is one part of a transaction's time.
type Part struct {
	Depth int    // 1 for a turn within the part before it
	Name  string // in a word or two: "request", "ready 1"
	Words string // what happened during it

	Begin time.Time
	Took  time.Duration // negative if Backwards
	// From and To are the part's position in the exchange, where 0 is its beginning
	// and 1 its end. They are equal if the part took no time, is Backwards, or is
	// outside the exchange.
	From, To  float64
	Backwards bool
}

// NewTiming returns the breakdown of t's time. Turns are derived from its messages, which
// must be in the order in which the decoder reported them; without messages there are no
// turns. Previous is when the preceding transaction on the connection ended, zero if there
// is none.
func NewTiming(t *decode.Transaction, messages []*decode.Message, previous time.Time) *Timing {
	tm := &timing{t: t, Timing: new(Timing)}
	tm.read(messages)
	tm.pause(previous)
	if t.Outcome == decode.Orphan {
		tm.part("response", "a tagged response that no request asked for", t.Time, t.End)
	} else {
		tm.request()
		tm.answer()
	}
	tm.scale()
	tm.notes()
	return tm.Timing
}

// timing builds a Timing.
type timing struct {
	*Timing
	t *decode.Transaction

	asked  []turn    // "+" responses before the request's end
	turns  []turn    // the client's lines after it
	more   int       // turns beyond MaxTurns
	first  time.Time // of the first response after the request ended
	last   time.Time // of the last byte seen
	early  bool      // a response other than "+" came before the request's end
	tagged bool      // the first response is the tagged response
}

// turn is a "+" (begin is zero), or the time from a "+" to the line that the client sent
// after it.
type turn struct{ begin, end time.Time }

// read derives from the messages what the transaction does not record. The order of
// messages is that of the capture, so it does not depend on the clock.
func (tm *timing) read(messages []*decode.Message) {
	var ready time.Time
	sent := false
	for _, m := range messages {
		tm.last = later(tm.last, m.End)
		switch {
		case m.Kind == decode.Request:
			sent = true
		case m.Kind == decode.Continuation:
			tm.turn(&tm.turns, turn{ready, m.End})
		case m.Kind == decode.Ready && !sent:
			tm.turn(&tm.asked, turn{end: m.Time})
		case m.Dir == capture.ServerToClient && !sent:
			tm.early = true
		}
		if m.Kind == decode.Ready {
			ready = m.Time
		}
		if sent && m.Dir == capture.ServerToClient && tm.first.IsZero() {
			tm.first, tm.tagged = m.Time, m.Kind == decode.Tagged
		}
	}
	if len(messages) == 0 {
		if tm.first = tm.t.FirstResponse; tm.t.Ready > 0 && tm.first.Equal(tm.t.FirstReady) {
			tm.first = tm.t.End // only messages show when the answer began
		}
	}
	tm.last = later(later(tm.last, tm.t.RequestEnd), tm.first)
	if !tm.t.End.IsZero() {
		tm.last = tm.t.End
	}
}

func (tm *timing) turn(to *[]turn, t turn) {
	if len(tm.asked)+len(tm.turns) >= MaxTurns {
		tm.more++
		return
	}
	*to = append(*to, t)
}

func (tm *timing) pause(previous time.Time) {
	switch d := tm.t.Time.Sub(previous); {
	case previous.IsZero():
	case d < 0:
		tm.note("sent %s before the previous transaction ended", Duration(-d))
	case tm.t.Outcome != decode.Orphan:
		tm.part("pause", "since the previous transaction ended", previous, tm.t.Time)
	}
}

func (tm *timing) request() {
	t := tm.t
	if t.RequestEnd.IsZero() {
		tm.note("the request's end was not seen")
		return
	}
	words := fmt.Sprintf("the client sends its request: %d bytes", t.Octets[capture.ClientToServer])
	if len(tm.turns) > 0 {
		words = "the client sends its request"
	}
	tm.part("request", words, t.Time, t.RequestEnd)
	from := t.Time
	for i, r := range tm.asked {
		words := "until the server is ready for the literal"
		if i > 0 {
			words = "a literal, and until the server is ready for the next"
		}
		tm.within(fmt.Sprintf("ready %d", i+1), words, from, r.end)
		from = r.end
	}
	if len(tm.asked) > 0 && tm.more == 0 {
		tm.within("literal", "the last literal, and the rest of the request", from, t.RequestEnd)
	}
}

func (tm *timing) answer() {
	t := tm.t
	if tm.first.IsZero() || t.RequestEnd.IsZero() {
		return
	}
	tm.part("server", "until the first response", t.RequestEnd, tm.first)
	words := "first response to tagged response"
	switch {
	case t.End.IsZero():
		words = "first response to the last byte seen"
	case tm.tagged:
		words = "the tagged response"
	}
	words += fmt.Sprintf(": %d bytes", t.Octets[capture.ServerToClient])
	tm.part("transfer", words, tm.first, tm.last)
	for i, r := range tm.turns {
		from := r.begin
		if from.IsZero() {
			from = t.RequestEnd
		}
		tm.within(fmt.Sprintf("client %d", i+1), "from the server's ready to the end of the client's line", from, r.end)
	}
}

func (tm *timing) part(name, words string, begin, end time.Time) {
	p := Part{Name: name, Words: words, Begin: begin, Took: end.Sub(begin)}
	if p.Took < 0 {
		p.Backwards, p.Words = true, Backwards
	}
	tm.Parts = append(tm.Parts, p)
}

func (tm *timing) within(name, words string, begin, end time.Time) {
	tm.part(name, words, begin, end)
	tm.Parts[len(tm.Parts)-1].Depth = 1
}

func (tm *timing) note(format string, args ...any) {
	tm.Notes = append(tm.Notes, fmt.Sprintf(format, args...))
}

// scale computes the position of each part in the exchange.
func (tm *timing) scale() {
	begin, end := tm.t.Time, tm.last
	tm.Took = max(end.Sub(begin), 0)
	for i := range tm.Parts {
		p := &tm.Parts[i]
		p.From = fraction(p.Begin.Sub(begin), tm.Took)
		p.To = max(p.From, fraction(p.Begin.Sub(begin)+p.Took, tm.Took))
	}
}

// fraction returns d's share of the whole, between 0 and 1.
func fraction(d, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return min(max(float64(d)/float64(whole), 0), 1)
}

func (tm *timing) notes() {
	t := tm.t
	if t.Outcome == decode.Abandoned {
		tm.note("no tagged response came")
	}
	if tm.early && t.Outcome != decode.Orphan {
		tm.note("the server answered before the request had ended")
	}
	if tm.last.Before(t.Time) {
		tm.note("%s between the request and its response", Backwards)
	}
	if t.Lost > 0 {
		tm.note("%d bytes were not captured meanwhile", t.Lost)
	}
	if tm.more > 0 {
		tm.note("%d more turns are not shown", tm.more)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Duration returns a human-readable duration: milliseconds to three digits, or seconds,
// minutes and hours for longer ones.
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
