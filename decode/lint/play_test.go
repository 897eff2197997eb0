package lint

import (
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// play lints one connection that follows a transcript.
func play(text string, o Options, keep int) ([]Finding, error) {
	var found []Finding
	l, err := New(o, func(f Finding) { found = append(found, f) })
	if err != nil {
		return nil, err
	}
	return found, decodetest.Play(text, decode.NewDemux(decode.Options{Keep: keep}, l))
}
