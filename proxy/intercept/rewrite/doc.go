// Package rewrite changes what passes through the proxy by rules: conditions in filter expressions, bodies in Starlark, trees in, trees out.
//
//	p, err := rewrite.Open("hide.star")
//	e := intercept.New(intercept.Options{Stages: []intercept.Stage{&rewrite.Stage{Programs: []*rewrite.Program{p}}}, …})
//
// where hide.star is
//
//	def hide(msg):
//	    if text(msg.args[2]) == "Secret":
//	        return drop()
//
//	on_response('kind == "LIST"', hide)
//
// 'imapscope help rewrite' describes what programs can do. Translations (translate.go) are
// programs that are part of imapscope.
//
// # Rules
//
//   - A program runs once for each connection; what it calls at the top level adds its rules.
//     What it keeps between calls is in two stores, of copies that cannot be changed, so that
//     connections need not wait for each other.
//   - A rule gets a message as values: what is a bare word on the wire is an atom, what is a
//     string of any form is a string.
//   - What a rule leaves as it was is sent byte for byte as it came. What it changes is
//     encoded in forms that every dialect reads, then parsed again, and must be one whole
//     message that says the same: no result of a rule breaks framing.
//   - If anything goes wrong, the message passes unchanged. A note says so for each connection,
//     the log once for each rule.
//   - A program can use up neither the processor nor memory: steps, time and what it asks for
//     are counted in each call (guard.go, cost.go), and what it keeps is bounded.
//   - Programs are written by users, and see passwords; what they print is masked.
package rewrite
