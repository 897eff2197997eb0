package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The streams of a toxic: what the client sends, and what the server sends.
const (
	Upstream   = "upstream"
	Downstream = "downstream"
)

// maxFile is how many bytes a file of faults has at most.
const maxFile = 1 << 20

// An Entry is a fault in a file, or in a request of the HTTP API: a line of text, or what
// Toxiproxy calls a toxic.
type Entry struct {
	Name    string `yaml:"name" json:"name"`
	Fault   string `yaml:"fault" json:"fault,omitempty"`
	Enabled *bool  `yaml:"enabled" json:"enabled,omitempty"` // nil means true

	Type       string         `yaml:"type" json:"type,omitempty"`         // a toxic's
	Stream     string         `yaml:"stream" json:"stream,omitempty"`     // upstream or downstream
	Toxicity   *float64       `yaml:"toxicity" json:"toxicity,omitempty"` // a probability; nil means 1
	Attributes map[string]any `yaml:"attributes" json:"attributes,omitempty"`
}

// Load reads a file of faults, YAML or JSON: a list of entries, or an object whose faults (or
// toxics) is one. The error is one line that begins with the number of the line it is about,
// if it is about one.
func Load(r io.Reader) ([]Fault, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("it is longer than %d bytes", maxFile)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, syntaxError(b, err)
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("it is empty")
	}
	entries, err := entriesIn(doc.Content[0])
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, errors.New("no faults in it")
	}
	if len(entries) > MaxFaults {
		return nil, fmt.Errorf("%d faults, and %d is the limit", len(entries), MaxFaults)
	}
	return faultsOf(entries)
}

// entriesIn returns the entries of a document.
func entriesIn(top *yaml.Node) (entries []*yaml.Node, err error) {
	if top.Kind == yaml.SequenceNode {
		return top.Content, nil
	}
	if top.Kind != yaml.MappingNode {
		return nil, lineError(top, "neither a list of faults nor an object with one")
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, list := top.Content[i], top.Content[i+1]
		if key.Value != "faults" && key.Value != "toxics" {
			return nil, lineError(key, "unknown key %q; there are faults and toxics", key.Value)
		}
		if list.Kind != yaml.SequenceNode {
			return nil, lineError(list, "%s is not a list", key.Value)
		}
		entries = append(entries, list.Content...)
	}
	return entries, nil
}

func faultsOf(entries []*yaml.Node) (faults []Fault, err error) {
	lines := make(map[string]int, len(entries)) // of the names
	for i, node := range entries {
		var e Entry
		if err := e.decode(node); err != nil {
			return nil, err
		}
		f, err := e.Read()
		if err != nil {
			return nil, lineError(node, "fault %d: %w", i+1, err)
		}
		if line := lines[f.Name]; f.Name != "" && line > 0 {
			return nil, lineError(node, "fault %d: the name %q is that of line %d too", i+1, f.Name, line)
		}
		lines[f.Name] = node.Line
		if e.Enabled == nil || *e.Enabled {
			faults = append(faults, f)
		}
	}
	return faults, nil
}

// decode reads an entry.
func (e *Entry) decode(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return lineError(node, "a fault is an object: {fault: \"drop tagged\"}")
	}
	for i := 0; i < len(node.Content); i += 2 {
		if key := node.Content[i]; !slices.Contains(entryKeys, key.Value) {
			return lineError(key, "unknown key %q; there are %s", key.Value, strings.Join(entryKeys, ", "))
		}
	}
	return plain(node.Decode(e))
}

// entryKeys are the keys of an Entry.
var entryKeys = keysOf(reflect.TypeFor[Entry]())

func keysOf(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		keys = append(keys, t.Field(i).Tag.Get("yaml"))
	}
	return keys
}

// syntaxError returns the error of a file that is not YAML. If it looks like JSON, that of JSON
// says better where it is wrong.
func syntaxError(b []byte, err error) error {
	var at *json.SyntaxError
	if top := bytes.TrimLeft(b, " \t\r\n"); len(top) > 0 && (top[0] == '{' || top[0] == '[') && errors.As(json.Unmarshal(b, new(any)), &at) {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(b[:at.Offset], []byte("\n")), at)
	}
	return plain(err)
}

// lineError returns an error about a node.
func lineError(node *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("line %d: %w", node.Line, fmt.Errorf(format, args...))
}

// plain returns an error of package yaml as one line without its prefix.
func plain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	var many *yaml.TypeError
	if errors.As(err, &many) && len(many.Errors) > 0 {
		text = many.Errors[0]
	}
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "yaml: "), "\n")
	return errors.New(text)
}

// Read returns the fault that an entry describes.
func (e *Entry) Read() (Fault, error) {
	text := e.Fault
	switch {
	case e.Fault != "" && e.Type != "":
		return Fault{}, errors.New(`both "fault" and "type" are given`)
	case e.Fault == "" && e.Type == "":
		return Fault{}, errors.New(`neither "fault" nor "type" is given`)
	case e.Type != "":
		var err error
		if text, err = e.toxic(); err != nil {
			return Fault{}, err
		}
	}
	f, err := Parse(text)
	if err != nil {
		return Fault{}, err
	}
	f.Name = e.Name
	if e.Type != "" {
		toxic := *e
		f.Toxic = &toxic
	}
	if e.Toxicity != nil {
		if f.Probability = *e.Toxicity; !(f.Probability > 0 && f.Probability <= 1) {
			return Fault{}, fmt.Errorf("toxicity %v is not above 0 and at most 1", f.Probability)
		}
	}
	return f, nil
}

// attributes are those of Toxiproxy's toxics, by type. Some have no meaning here.
var attributes = map[string][]string{
	"latency":    {"jitter", "latency"},
	"bandwidth":  {"rate"},
	"timeout":    {"timeout"},
	"reset_peer": {"timeout"},
	"slicer":     {"average_size", "delay", "size_variation"},
	"limit_data": {"bytes"},
}

// checkAttributes reports an attribute that toxics of the type do not have.
func (e *Entry) checkAttributes() error {
	known, ok := attributes[e.Type]
	if !ok {
		return nil // toxic says what is wrong
	}
	for _, name := range slices.Sorted(maps.Keys(e.Attributes)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s has no attribute %q; there are %s", e.Type, name, strings.Join(known, ", "))
		}
	}
	return nil
}

// toxic returns the text of the fault that is most like a toxic of Toxiproxy.
func (e *Entry) toxic() (string, error) {
	up := e.Stream == Upstream
	if e.Stream != "" && e.Stream != Upstream && e.Stream != Downstream {
		return "", fmt.Errorf("stream %q is neither upstream nor downstream", e.Stream)
	}
	if err := e.checkAttributes(); err != nil {
		return "", err
	}
	switch e.Type {
	case "latency":
		where := "first"
		if up {
			where = "command"
		}
		return fmt.Sprintf("delay %s %sms %sms", where, e.number("latency"), e.number("jitter")), nil
	case "bandwidth":
		way := "to-client"
		if up {
			way = "to-server"
		}
		return fmt.Sprintf("bandwidth %s %s000", way, e.number("rate")), nil // kilobytes a second
	case "timeout":
		if e.number("timeout") == "0" {
			return "stall", nil
		}
		return fmt.Sprintf("stall %sms", e.number("timeout")), nil
	case "reset_peer":
		return "reset", nil
	case "slicer":
		return "split " + e.number("average_size"), nil
	case "limit_data":
		return "limit " + e.number("bytes"), nil
	}
	return "", fmt.Errorf("type %q is none of latency, bandwidth, timeout, reset_peer, slicer, limit_data", e.Type)
}

// number returns an attribute as text; "0" if it is missing.
func (e *Entry) number(name string) string {
	switch v := e.Attributes[name].(type) {
	case nil:
		return "0"
	case int:
		return strconv.Itoa(v)
	case float64: // JSON's numbers
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return strconv.Quote(fmt.Sprint(v))
	}
}
