// Command pack makes the files of a release from binaries that are built already: archives,
// Debian and RPM packages, an OCI image layout, bills of materials, and the licences of all
// that is linked. The same input gives the same bytes.
//
//	pack -src DIR -from DIR -out DIR [-only OS/ARCH] -version V -commit HASH -time SECONDS
//	pack -check DIR -from DIR -version V -time SECONDS
//
// Below -from are bin/OS_ARCH/imapscope, for each platform, and doc/, whose files every
// archive has. -src is the checkout that the binaries were built from. The first form writes
// into -out, which must exist; the second reads what is in a folder back and says what is
// wrong with it.
package main

import (
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// A release is what all its files are made from.
type release struct {
	src, from, out string
	only           string    // the one platform to write files for; "": all
	version        string    // without v, as 0.1.0
	commit         string    // may be empty
	made           time.Time // of the commit
	platforms      []*platform
	doc            []file // that every archive has
	notices        []byte // THIRD_PARTY.txt
}

// A platform is one binary.
type platform struct {
	os, arch string
	program  []byte
	info     *debug.BuildInfo // what the binary says was linked into it
	licences map[string]*module
}

// name returns the first part of the names of the platform's files.
func (r *release) name(p *platform) string {
	return fmt.Sprintf("imapscope_%s_%s_%s", r.version, p.os, p.arch)
}

// executable returns the name of the program.
func (p *platform) executable() string {
	if p.os == "windows" {
		return "imapscope.exe"
	}
	return "imapscope"
}

func run(args []string) error {
	r := new(release)
	f := flag.NewFlagSet("pack", flag.ContinueOnError)
	f.StringVar(&r.src, "src", "", "the checkout that the binaries were built from")
	f.StringVar(&r.from, "from", "", "the folder with bin and doc")
	f.StringVar(&r.out, "out", "", "where to write")
	f.StringVar(&r.only, "only", "", "write only the archive, packages and bill of materials of this platform")
	f.StringVar(&r.version, "version", "", "the version, without v")
	f.StringVar(&r.commit, "commit", "", "the commit")
	seconds := f.Int64("time", 0, "the time of the commit, in seconds since 1970")
	check := f.String("check", "", "read the files of this folder back, write nothing")
	if err := f.Parse(args); err != nil {
		return err
	}
	if r.from == "" || r.version == "" || *seconds == 0 || f.NArg() > 0 || (*check == "") == (r.out == "") {
		return errors.New("-from, -version, -time and either -out or -check are needed")
	}
	r.made = time.Unix(*seconds, 0).UTC()
	if err := r.read(); err != nil {
		return err
	}
	if *check != "" {
		return r.check(*check)
	}
	return r.pack()
}

// read reads the binaries and the files of doc.
func (r *release) read() error {
	dirs, err := filepath.Glob(filepath.Join(r.from, "bin", "*_*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		p := new(platform)
		p.os, p.arch, _ = strings.Cut(filepath.Base(dir), "_")
		path := filepath.Join(dir, p.executable())
		if p.program, err = os.ReadFile(path); err != nil {
			return err
		}
		if p.info, err = buildinfo.ReadFile(path); err != nil {
			return err
		}
		r.platforms = append(r.platforms, p)
	}
	if len(r.platforms) == 0 {
		return fmt.Errorf("%s: there are no binaries", r.from)
	}
	r.doc, err = readFiles(filepath.Join(r.from, "doc"))
	return err
}

// pack writes everything.
func (r *release) pack() error {
	if err := r.license(); err != nil {
		return err
	}
	if err := r.write("THIRD_PARTY.txt", r.notices); err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range r.platforms {
		if r.only != "" && r.only != p.os+"/"+p.arch {
			continue
		}
		g.Go(func() error { return errors.Join(r.archive(p), r.materials(p)) })
		if p.os == "linux" {
			g.Go(func() error { return r.systemPackages(p) })
		}
	}
	if r.only == "" {
		g.Go(r.image)
	}
	return g.Wait()
}

// linux returns the platforms that packages and the image are made for.
func (r *release) linux() []*platform {
	return slices.DeleteFunc(slices.Clone(r.platforms), func(p *platform) bool { return p.os != "linux" })
}

func (r *release) write(name string, b []byte) error {
	return os.WriteFile(filepath.Join(r.out, name), b, 0o644)
}
