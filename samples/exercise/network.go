package exercise

import (
	"bytes"
	"time"

	"imapscope/decode/lint"
	"imapscope/samples/stage"
)

// mishap is something that happens on the network, and how the connection ends.
type mishap struct {
	name, doc, rule string
	by              lint.Verdict
	when            phase
	happen          func(*author)
}

var mishaps = [...]mishap{
	{"answer-lost", "a stretch of an answer is missing", "N001", lint.Network, middle, func(a *author) {
		a.writable()
		a.say("FETCH 1:%d ALL", a.exists)
		a.faulty().Trouble.LoseAnswer = stage.Stretch{From: 40 + a.rand.IntN(200), N: 30 + a.rand.IntN(120)}
	}},
	{"request-lost", "a stretch of a command is missing", "N001", lint.Network, middle, func(a *author) {
		c := a.say(`SEARCH UNDELETED TEXT "the figures for April and May"`)
		a.faulty()
		c.Trouble.LoseRequest = stage.Stretch{From: bytes.IndexByte(c.Parts[0].Octets, '"') + 2 + a.rand.IntN(12), N: 3 + a.rand.IntN(12)}
	}},
	{"sent-again", "a command is sent once more, for its acknowledgement was lost", "N007", lint.Network, middle, func(a *author) {
		a.say("FETCH %s ALL", a.sequence())
		c := a.faulty()
		c.Trouble.Again = time.Duration(180+a.rand.IntN(120)) * time.Millisecond
		c.Slow = 500 * time.Millisecond
	}},
	{"broken-off", "the server closes the connection within an answer", "N006", lint.Server, exit, func(a *author) {
		a.say("LOGOUT")
		a.faulty().Trouble.Cut = 3 + a.rand.IntN(25)
	}},
	{"silence-then-reset", "nothing is said for a long while, and then the connection is reset", "N002", lint.Network, exit, func(a *author) {
		a.client.End = stage.Reset
		a.client.Linger = time.Duration(5+a.rand.IntN(20))*time.Minute + time.Duration(a.rand.IntN(60))*time.Second
	}},
}

// networkKinds returns the kinds for the network's mishaps.
func networkKinds() []Kind {
	var kinds []Kind
	for _, m := range mishaps {
		kinds = append(kinds, Kind{
			Name: m.name, Doc: m.doc, By: m.by, Rules: []string{m.rule}, when: m.when, plant: m.happen, where: outside,
		})
	}
	return kinds
}
