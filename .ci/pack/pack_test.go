package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func TestClassify(t *testing.T) {
	mit, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	if ids, err := classify(mit); err != nil || len(ids) != 1 || ids[0] != "MIT" {
		t.Errorf("MIT: %q, %v", ids, err)
	}
	const gpl = `This program is free software: you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation, either version 3 of the License, or
(at your option) any later version.`
	for name, text := range map[string]string{
		"another licence": gpl, "two licences": string(mit) + gpl, "no licence": "All rights reserved.", "empty": "",
		"a licence with more": string(mit) + strings.Repeat("You must send a postcard to whom you got this from. ", 60),
	} {
		if ids, err := classify([]byte(text)); err == nil {
			t.Errorf("%s: %q", name, ids)
		}
	}
}

// TestModulesHaveLicences: the licence may lie above the package that is linked, inside of the
// module; a module without one is an error.
func TestModulesHaveLicences(t *testing.T) {
	mit, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	inner := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	m := func() *module {
		return &module{path: "x", dir: dir, packages: map[string]bool{inner: true}}
	}
	if err := m().find(); err == nil || !strings.Contains(err.Error(), "no licence") {
		t.Errorf("without a licence: %v", err)
	}
	for name, text := range map[string]string{"LICENSE.md": string(mit), "a/NOTICE": "of x", "license.go": "package x"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	x := m()
	if err := x.find(); err != nil || len(x.licences) != 1 || len(x.texts) != 2 || x.texts[1].file != "a/NOTICE" {
		t.Errorf("%v: %+v", err, x)
	}
	if list := string(thirdParty([]*module{x})); !strings.Contains(list, "\nx : MIT\n") || !strings.Contains(list, "\nof x\n") {
		t.Error(list)
	}
}

// TestFilesAreReadBack: what is written passes check, and what is changed does not.
func TestFilesAreReadBack(t *testing.T) {
	r := &release{out: t.TempDir(), version: "0.1.0", made: time.Unix(1764500000, 0).UTC(), notices: []byte("notices"),
		doc: []file{{"LICENSE", 0o644, []byte("licence")}, {"man/imapscope.1", 0o644, []byte("page")}}}
	for _, os := range []string{"linux", "windows"} {
		info := &debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{{Path: "example.com/x", Version: "v1.0.0", Sum: "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}}}
		r.platforms = append(r.platforms, &platform{os: os, arch: "riscv64", program: []byte("program"), info: info,
			licences: map[string]*module{"std": {licences: []string{"BSD-3-Clause"}}, "example.com/x": {licences: []string{"MIT"}}}})
	}
	for _, p := range r.platforms {
		archive, bill := filepath.Join(r.out, r.archiveName(p)), filepath.Join(r.out, r.name(p)+".cdx.json")
		if err := r.archive(p); err != nil {
			t.Fatal(err)
		}
		if err := r.materials(p); err != nil {
			t.Fatal(err)
		}
		if err := r.checkArchive(p, archive); err != nil {
			t.Errorf("%s: %v", p.os, err)
		}
		if err := r.checkMaterials(p, bill); err != nil {
			t.Errorf("%s: %v", p.os, err)
		}
		p.program = []byte("another")
		if r.checkArchive(p, archive) == nil || r.checkMaterials(p, bill) == nil {
			t.Errorf("%s: another program is not noticed", p.os)
		}
		p.program = []byte("program")
		p.info.Deps = append(p.info.Deps, &debug.Module{Path: "example.com/y", Version: "v1.0.0"})
		if r.checkMaterials(p, bill) == nil {
			t.Errorf("%s: a module that is missing is not noticed", p.os)
		}
		r.made = r.made.Add(time.Hour)
		if r.checkArchive(p, archive) == nil {
			t.Errorf("%s: another time is not noticed", p.os)
		}
		r.made = r.made.Add(-time.Hour)
	}
	if err := r.image(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.out, r.imageName())
	if err := r.checkImage(path); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), `"User":"65532:65532"`, `"User":"65532:65533"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if r.checkImage(path) == nil {
		t.Error("an image with another digest is not noticed")
	}
}

func TestSerialIsAUUID(t *testing.T) {
	bom := cdx.NewBOM()
	bom.SerialNumber = serial([32]byte{6: 0xff, 8: 0xff})
	if want := "urn:uuid:00000000-0000-8f00-bf00-000000000000"; bom.SerialNumber != want {
		t.Errorf("%s, not %s", bom.SerialNumber, want)
	}
}

func TestPlaces(t *testing.T) {
	for _, x := range [][3]string{
		{"imapscope", "deb", "/usr/bin/imapscope"},
		{"man/imapscope-filter.7", "rpm", "/usr/share/man/man7/imapscope-filter.7.gz"},
		{"completions/imapscope.bash", "deb", "/usr/share/bash-completion/completions/imapscope"},
		{"completions/_imapscope", "deb", "/usr/share/zsh/vendor-completions/_imapscope"},
		{"completions/_imapscope", "rpm", "/usr/share/zsh/site-functions/_imapscope"},
		{"completions/imapscope.ps1", "deb", ""},
		{"LICENSE", "deb", "/usr/share/doc/imapscope/copyright"},
		{"THIRD_PARTY.txt", "rpm", "/usr/share/doc/imapscope/THIRD_PARTY.txt"},
	} {
		if got := placed(x[0], x[1]); got != x[2] {
			t.Errorf("%s of a %s: %q, not %q", x[0], x[1], got, x[2])
		}
	}
}
