package load

import (
	"time"

	"imapscope/proxy/replay"
)

// maxPoints bounds a History: then two points become one.
const maxPoints = 1200

// point is what is shown of an interval.
type point struct {
	start, end                         time.Time
	sessions, commands, errors         int64
	unanswered                         int64
	active, waiting                    int64 // at its end
	p50, p90, p99, p999, most, sentP99 time.Duration
}

// pointOf returns what is shown of an interval.
func pointOf(i *replay.Interval) point {
	at := func(q float64) time.Duration { return replay.Quantile(i.All.Now, q) }
	p := point{
		start: i.Start, end: i.End, sessions: i.Sessions, commands: i.All.Now.TotalCount(), unanswered: i.All.Unanswered,
		active: i.Active, waiting: i.Waiting,
		p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), most: at(100), sentP99: replay.Quantile(i.All.Sent, 99),
	}
	for _, c := range i.Commands {
		p.errors += c.Errors
	}
	return p
}

// answered returns the number of commands that were answered, per second.
func (p *point) answered() float64 {
	if d := p.end.Sub(p.start).Seconds(); d > 0 {
		return float64(p.commands-p.unanswered) / d
	}
	return 0
}

// join adds the next point.
func (p *point) join(next point) {
	p.end, p.active, p.waiting = next.end, next.active, next.waiting
	p.sessions += next.sessions
	p.commands += next.commands
	p.unanswered += next.unanswered
	p.errors += next.errors
	for _, m := range []struct {
		of   *time.Duration
		next time.Duration
	}{{&p.p50, next.p50}, {&p.p90, next.p90}, {&p.p99, next.p99}, {&p.p999, next.p999}, {&p.most, next.most}, {&p.sentP99, next.sentP99}} {
		*m.of = max(*m.of, m.next)
	}
}

// History keeps what the intervals of a load showed, for a page. The zero value is empty.
type History struct {
	points []point
	each   int // intervals in a point; 0 means 1
	last   int // intervals in the last point
}

// Add adds an interval.
func (h *History) Add(i *replay.Interval) { h.add(pointOf(i)) }

func (h *History) add(p point) {
	h.each = max(h.each, 1)
	if n := len(h.points); n > 0 && h.last < h.each {
		h.points[n-1].join(p)
		h.last++
		return
	}
	if len(h.points) == maxPoints {
		for i := range maxPoints / 2 {
			h.points[i] = h.points[2*i]
			h.points[i].join(h.points[2*i+1])
		}
		h.points = h.points[:maxPoints/2]
		h.each *= 2
	}
	h.points, h.last = append(h.points, p), 1
}
