package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

const (
	summary  = "shows IMAP conversations, from IMAP2 (RFC 1176) to IMAP4rev2"
	describe = summary + `
It reads captures and programs' logs, listens on an interface, or runs as a
proxy, and shows every command with its responses, each word explained.`
)

// systemPackages writes a platform's Debian and RPM packages.
func (r *release) systemPackages(p *platform) error {
	staged, err := os.MkdirTemp("", "imapscope-pack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(staged)
	for _, format := range []string{"deb", "rpm"} {
		contents, err := r.stage(p, filepath.Join(staged, format), format)
		if err != nil {
			return err
		}
		info := nfpm.WithDefaults(&nfpm.Info{
			Name: "imapscope", Arch: p.arch, Platform: "linux", Version: r.version, Release: "1",
			Section: "net", Priority: "optional", Maintainer: "The imapscope authors <authors@imapscope.invalid>",
			Description: describe, License: "MIT", MTime: r.made, DisableGlobbing: true,
			Overridables: nfpm.Overridables{Contents: contents, RPM: nfpm.RPM{Summary: summary, BuildHost: "localhost"}},
		})
		packager, err := nfpm.Get(format)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := packager.Package(info, &b); err != nil {
			return fmt.Errorf("%s: %w", format, err)
		}
		if err := r.write(r.name(p)+"."+format, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// stage writes the files of a package below a folder, and lists where they belong. Manual pages
// are compressed, as both systems have them.
func (r *release) stage(p *platform, dir, format string) (files.Contents, error) {
	var list files.Contents
	for _, f := range r.contents(p) {
		where := placed(f.name, format)
		if where == "" {
			continue
		}
		data := f.data
		if strings.HasSuffix(where, ".gz") {
			var b bytes.Buffer
			z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is right
			z.Write(f.data)
			if err := z.Close(); err != nil {
				return nil, err
			}
			data = b.Bytes()
		}
		source := filepath.Join(dir, filepath.FromSlash(where))
		if err := os.MkdirAll(filepath.Dir(source), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(source, data, f.mode); err != nil {
			return nil, err
		}
		list = append(list, &files.Content{Source: source, Destination: where, FileInfo: &files.ContentFileInfo{
			Owner: "root", Group: "root", Mode: f.mode & fs.ModePerm, MTime: r.made,
		}})
	}
	return list, nil
}

// placed returns where a file of the archives belongs on a system with packages of a format;
// "" if nowhere.
func placed(name, format string) string {
	base := path.Base(name)
	switch dir := path.Dir(name); {
	case name == "imapscope":
		return "/usr/bin/imapscope"
	case dir == "man":
		return "/usr/share/man/man" + base[len(base)-1:] + "/" + base + ".gz"
	case base == "imapscope.bash":
		return "/usr/share/bash-completion/completions/imapscope"
	case base == "imapscope.fish":
		return "/usr/share/fish/vendor_completions.d/imapscope.fish"
	case base == "_imapscope" && format == "deb":
		return "/usr/share/zsh/vendor-completions/_imapscope"
	case base == "_imapscope":
		return "/usr/share/zsh/site-functions/_imapscope"
	case dir == "completions":
		return "" // PowerShell's
	case name == "LICENSE" && format == "deb":
		return "/usr/share/doc/imapscope/copyright"
	}
	return "/usr/share/doc/imapscope/" + base
}
