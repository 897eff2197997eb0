package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are the licences under which code may be linked, by their SPDX names. Each allows
// to link and to distribute the program under MIT, if its text and its notices come along.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0"}

// leastCovered is the least part of a licence file, in percent, that must be the text of known
// licences. The rest are copyright lines, and lists of the files that a licence is for.
const leastCovered = 60

// A module is one that is linked, with its licences.
type module struct {
	path, version string
	dir           string
	packages      map[string]bool // folders of linked packages
	licences      []string        // SPDX names, sorted
	texts         []notice
}

// A notice is a file that has to come along.
type notice struct {
	file string // its name, from the folder of the module
	text string
}

// noticeFile matches the names of files with licences and notices.
var noticeFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// license finds the licences of everything that is linked, and writes them down.
func (r *release) license() error {
	all := make(map[string]*module)
	for _, p := range r.platforms {
		list, err := r.linked(p)
		if err != nil {
			return err
		}
		p.licences = make(map[string]*module)
		for path, m := range list {
			if all[path] == nil {
				all[path] = m
			}
			for dir := range m.packages {
				all[path].packages[dir] = true
			}
			p.licences[path] = all[path]
		}
		for _, d := range p.info.Deps {
			if p.licences[d.Path] == nil {
				return fmt.Errorf("%s/%s links %s, and go list does not", p.os, p.arch, d.Path)
			}
		}
	}
	sorted := make([]*module, 0, len(all))
	for _, m := range all {
		if err := m.find(); err != nil {
			return err
		}
		sorted = append(sorted, m)
	}
	slices.SortFunc(sorted, func(a, b *module) int { return strings.Compare(a.path, b.path) })
	r.notices = thirdParty(sorted)
	return nil
}

// linked returns the modules that a platform's binary has packages of, by path, and "std" for
// the standard library.
func (r *release) linked(p *platform) (map[string]*module, error) {
	c := exec.Command("go", "list", "-deps", "-f",
		"{{with .Module}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{.Main}}{{end}}\t{{.Dir}}", "./cmd/imapscope")
	c.Dir, c.Stderr = r.src, os.Stderr
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch)
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	std := strings.TrimSpace(string(root))
	list := map[string]*module{"std": {path: "std", version: strings.TrimPrefix(p.info.GoVersion, "go"), dir: std, packages: map[string]bool{std: true}}}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 5 || f[3] == "true" {
			continue // the standard library, or imapscope itself
		}
		m := list[f[0]]
		if m == nil {
			m = &module{path: f[0], version: f[1], dir: f[2], packages: make(map[string]bool)}
			list[f[0]] = m
		}
		m.packages[f[4]] = true
	}
	return list, nil
}

// find reads the notices in the folder of each package and in those above it, and classifies
// them. It is an error if there is no licence, or one that is not allowed.
func (m *module) find() error {
	dirs := make(map[string]bool)
	for dir := range m.packages {
		for ; len(dir) >= len(m.dir) && !dirs[dir]; dir = filepath.Dir(dir) {
			dirs[dir] = true
		}
	}
	for dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && noticeFile.MatchString(e.Name()) && filepath.Ext(e.Name()) != ".go" {
				if err := m.add(filepath.Join(dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	if len(m.licences) == 0 {
		return fmt.Errorf("%s %s: no licence found in %s", m.path, m.version, m.dir)
	}
	slices.Sort(m.licences)
	m.licences = slices.Compact(m.licences)
	slices.SortFunc(m.texts, func(a, b notice) int { return strings.Compare(a.file, b.file) })
	return nil
}

// add adds a file with a licence or a notice. NOTICE and PATENTS come along without being
// classified: they accompany a licence.
func (m *module) add(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(m.dir, path)
	if err != nil {
		return err
	}
	m.texts = append(m.texts, notice{filepath.ToSlash(name), string(text)})
	if base := strings.ToLower(filepath.Base(path)); strings.HasPrefix(base, "notice") || strings.HasPrefix(base, "patents") {
		return nil
	}
	licences, err := classify(text)
	if err != nil {
		return fmt.Errorf("%s %s: %s: %w", m.path, m.version, name, err)
	}
	m.licences = append(m.licences, licences...)
	return nil
}

// classify returns the SPDX names of the licences in a text, or an error if one of them is not
// allowed, or too much of the text is of no known licence.
func classify(text []byte) ([]string, error) {
	c := licensecheck.Scan(text)
	var found []string
	for _, match := range c.Match {
		if match.IsURL {
			continue
		}
		if !slices.Contains(allowed, match.ID) {
			return nil, fmt.Errorf("the licence %s is not one of %s", match.ID, strings.Join(allowed, ", "))
		}
		found = append(found, match.ID)
	}
	if c.Percent < leastCovered || len(found) == 0 {
		return nil, fmt.Errorf("only %.0f%% of it is the text of a known licence (%s)", c.Percent, strings.Join(found, ", "))
	}
	return found, nil
}

// thirdParty returns the text of THIRD_PARTY.txt: a list of the modules, and below it each text
// once, with the modules that it is for.
func thirdParty(list []*module) []byte {
	var b bytes.Buffer
	b.WriteString("imapscope is under the MIT License (LICENSE). Its programs contain code of the modules\nbelow, under the licences whose texts follow. std is the standard library of Go.\n\n")
	users := make(map[string][]string)
	var texts []string
	for _, m := range list {
		fmt.Fprintf(&b, "%s %s: %s\n", m.path, m.version, strings.Join(m.licences, ", "))
		for _, t := range m.texts {
			if users[t.text] == nil {
				texts = append(texts, t.text)
			}
			users[t.text] = append(users[t.text], m.path+" "+m.version+", "+t.file)
		}
	}
	for _, t := range texts {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(users[t], "\n"), strings.TrimRight(t, "\n"))
	}
	return b.Bytes()
}
