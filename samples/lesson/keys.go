package lesson

import (
	"slices"
	"strings"

	"imapscope/decode/filter"
)

// Keys returns the keys of a lesson's front matter, and those of a step's block.
func Keys() (head, step []string) {
	return []string{"title", "about", "recording", "quirk", "fault"},
		[]string{"at", "tab", "ask", "answer", "choice", "not", "hint", "right", "find", "type", "before", "expect", "hold", "edit", "note"}
}

// unknown reports a key that is not in list.
func (p *parser) unknown(line int, key string, list []string) {
	last := len(list) - 1
	p.fault(line, "%s: is not a key here; the keys are %s and %s", key, strings.Join(list[:last], ", "), list[last])
}

// set sets a key of a step's block.
func (p *parser) set(s *Step, key, value string, line int) {
	switch key {
	case "at":
		var at string
		if p.single(s.lines, key, &at, value, line); at == "" {
			return
		}
		var err error
		if s.At, err = parsePlace(at); err != nil {
			p.fault(line, "%v", err)
		}
	case "tab":
		p.single(s.lines, key, &s.Tab, value, line)
		if s.Tab != "" && !slices.Contains(Tabs(), s.Tab) {
			p.fault(line, "there is no tab %q; the tabs are %s", s.Tab, strings.Join(Tabs(), ", "))
			s.Tab = ""
		}
	case "ask":
		p.single(s.lines, key, &s.Ask, value, line)
	case "right":
		p.single(s.lines, key, &s.Right, value, line)
	case "expect":
		p.single(s.lines, key, &s.Expect, value, line)
		if _, err := filter.Compile(s.Expect); err != nil {
			p.fault(line, "expect: %v; see imapscope help filter", err)
			s.Expect = ""
		}
	case "hold":
		p.single(s.lines, key, &s.Hold, value, line)
		if _, err := s.Rule(0); s.Hold != "" && err != nil {
			p.fault(line, "hold: %v; see imapscope help filter", err)
			s.Hold = ""
		}
	case "edit":
		p.single(s.lines, key, &s.Edit, value, line)
	case "answer":
		p.more(s.lines, key, &s.Answers, value, line)
	case "choice":
		p.more(s.lines, key, &s.Choices, value, line)
	case "hint":
		p.more(s.lines, key, &s.Hints, value, line)
	case "type":
		p.more(s.lines, key, &s.Type, value, line)
	case "before":
		p.more(s.lines, key, &s.Before, value, line)
	case "note":
		p.more(s.lines, key, &s.Notes, value, line)
	case "not":
		p.wrong(s, key, value, line)
	case "find":
		p.find(s, key, value, line)
	default:
		_, list := Keys()
		p.unknown(line, key, list)
	}
}

// wrong adds an answer that is wrong, with the reason.
func (p *parser) wrong(s *Step, key, value string, line int) {
	answer, why, ok := strings.Cut(value, " = ")
	answer, why = strings.TrimSpace(answer), strings.TrimSpace(why)
	if !ok || answer == "" || why == "" {
		p.fault(line, "write not: ANSWER = why that is wrong")
		return
	}
	s.Not = append(s.Not, Wrong{answer, why})
	s.lines[key] = append(s.lines[key], line)
}

// find adds a transaction that is to be found.
func (p *parser) find(s *Step, key, value string, line int) {
	at, err := ParseTransaction(value)
	if err != nil {
		p.fault(line, "%v; write find: [CONNECTION/]TRANSACTION, as in find: 2/5", err)
		return
	}
	s.Find = append(s.Find, at)
	s.lines[key] = append(s.lines[key], line)
}

// whole reports keys that cannot be combined in a step. It reports nothing if something
// else is wrong with the block, because these faults may be a consequence.
func (p *parser) whole(s *Step, line int) {
	for _, f := range p.faults {
		if f.Line >= line {
			return
		}
	}
	has := func(key string) bool { return len(s.lines[key]) > 0 }
	at := func(key string) int { return s.line(key, 0) }
	switch {
	case has("type") && has("find"):
		p.fault(at("find"), "a step asks for one thing; split this one: type: and find: cannot be combined")
	case (has("type") || has("find")) && (has("answer") || has("choice")):
		key := "choice"
		if has("answer") {
			key = "answer"
		}
		p.fault(at(key), "a step asks for one thing; %s: cannot be combined with type: or find:", key)
	case has("type") && has("not"):
		p.fault(at("not"), "not: is for ask: and find:; for a command, the server reports what is wrong")
	case has("find") && !has("ask"):
		p.fault(at("find"), "find: has no question; add ask:")
	case has("ask") && !has("answer") && !has("find") && !has("type"):
		p.fault(at("ask"), "ask: has no answer; add answer:, or find: or type:")
	case has("answer") && !has("ask"):
		p.fault(at("answer"), "answer: has no question; add ask:")
	case len(s.Choices) == 1:
		p.fault(at("choice"), "there is only one choice; add others, or remove it")
	case has("choice") && !has("ask"):
		p.fault(at("choice"), "choice: has no question; add ask:")
	}
	for _, key := range []string{"not", "hint", "right"} {
		if has(key) && !has("ask") && !has("type") {
			p.fault(at(key), "%s: is for a step that asks; add ask:, or remove it", key)
		}
	}
	if has("edit") && !has("hold") {
		p.fault(at("edit"), "edit: changes what is held; add hold:, or remove it")
	}
	for _, key := range []string{"before", "expect", "hold"} {
		if has(key) && !has("type") {
			p.fault(at(key), "%s: is for a step where a command is typed; add type:, or remove it", key)
		}
	}
	p.commands(s)
	if has("find") {
		for i, n := range s.Not {
			if _, err := ParseTransaction(n.Answer); err != nil {
				p.fault(s.line("not", i), "%v; with find:, write not: [CONNECTION/]TRANSACTION = why", err)
			}
		}
	}
}

// commands reports literals whose size differs from the one announced.
func (p *parser) commands(s *Step) {
	for i, b := range s.Before {
		if _, ok := Announces(b); ok {
			p.fault(s.line("before", i), "before: is a single line, and this one announces a literal; use quotes instead")
		}
	}
	if _, ok := Announces(s.Edit); ok || s.Hold != "" && len(s.Type) > 1 {
		p.fault(s.line("hold", 0), "what is held and what is sent in its place are single lines here; use quotes instead of literals")
	}
	for i, t := range s.Type {
		n, announces := Announces(t)
		last := i == len(s.Type)-1
		switch {
		case !announces && last:
		case !announces:
			p.fault(s.line("type", i+1), "the command ends before this line; a further line must be a literal, announced as {n}")
			return
		case last:
			p.fault(s.line("type", i), "this announces a literal; add its text as another type:")
		case int64(len(s.Type[i+1])) < n:
			p.fault(s.line("type", i+1), "this literal has %d bytes, but {%d} is announced; correct the number", len(s.Type[i+1]), n)
		}
	}
}
