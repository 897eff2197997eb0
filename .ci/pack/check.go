package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// check reads the files of a release back: each must be there and hold what it should, and
// nothing else may be there. The packages are left to dpkg and rpm.
func (r *release) check(dir string) error {
	var err error
	if r.notices, err = os.ReadFile(filepath.Join(dir, "THIRD_PARTY.txt")); err != nil {
		return err
	}
	want := []string{"SHA256SUMS", "THIRD_PARTY.txt", r.imageName()}
	var errs []error
	for _, p := range r.platforms {
		want = append(want, r.archiveName(p), r.name(p)+".cdx.json")
		for _, d := range p.info.Deps {
			if !bytes.Contains(r.notices, []byte("\n"+d.Path+" "+d.Version+": ")) {
				errs = append(errs, fmt.Errorf("THIRD_PARTY.txt: %s %s is not there", d.Path, d.Version))
			}
		}
		if err := r.checkArchive(p, filepath.Join(dir, r.archiveName(p))); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.archiveName(p), err))
		}
		if err := r.checkMaterials(p, filepath.Join(dir, r.name(p)+".cdx.json")); err != nil {
			errs = append(errs, fmt.Errorf("%s.cdx.json: %w", r.name(p), err))
		}
	}
	for _, p := range r.linux() {
		want = append(want, r.name(p)+".deb", r.name(p)+".rpm")
	}
	if err := r.checkImage(filepath.Join(dir, r.imageName())); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", r.imageName(), err))
	}
	entries, err := os.ReadDir(dir)
	var have []string
	for _, e := range entries {
		have = append(have, e.Name())
	}
	slices.Sort(want)
	if err == nil && !slices.Equal(have, want) {
		err = fmt.Errorf("there are %q, not %q", have, want)
	}
	return errors.Join(append(errs, err)...)
}

// checkArchive compares an archive's entries with the files that belong in it.
func (r *release) checkArchive(p *platform, path string) error {
	have, err := readTarGzip(path, r.made)
	if p.os == "windows" {
		have, err = readZip(path, r.made)
	}
	if err != nil {
		return err
	}
	want := r.contents(p)
	if len(have) != len(want) {
		return fmt.Errorf("it has %d files, not %d", len(have), len(want))
	}
	for i, f := range have {
		w := want[i]
		if f.name != r.name(p)+"/"+w.name || f.mode != w.mode || !bytes.Equal(f.data, w.data) {
			return fmt.Errorf("entry %d, %s, is not %s as it should be", i, f.name, w.name)
		}
	}
	return nil
}

func readTarGzip(path string, made time.Time) ([]file, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return readTar(z, made)
}

func readTar(r io.Reader, made time.Time) ([]file, error) {
	var out []file
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if !h.ModTime.Equal(made) || h.Uid != 0 && h.Uid != imageUser || h.Uname != "" {
			return nil, fmt.Errorf("%s: of %s, user %d %s", h.Name, h.ModTime, h.Uid, h.Uname)
		}
		b, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		out = append(out, file{h.Name, fs.FileMode(h.Mode), b})
	}
}

func readZip(path string, made time.Time) ([]file, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out []file
	for _, e := range z.File {
		if !e.Modified.Equal(made) {
			return nil, fmt.Errorf("%s: of %s", e.Name, e.Modified)
		}
		b, err := fs.ReadFile(z, e.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, file{e.Name, e.Mode(), b})
	}
	return out, nil
}

// checkMaterials compares a bill of materials with what the binary says of itself.
func (r *release) checkMaterials(p *platform, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(f, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return err
	}
	if bom.Metadata == nil || bom.Metadata.Component == nil || bom.Metadata.Component.Hashes == nil || bom.Components == nil {
		return errors.New("it does not say what it is about")
	}
	sum := sha256.Sum256(p.program)
	if h := *bom.Metadata.Component.Hashes; len(h) != 1 || h[0].Value != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("it is about another program: %v", h)
	}
	want := map[string]string{"std": strings.TrimPrefix(p.info.GoVersion, "go")}
	for _, d := range p.info.Deps {
		want[d.Path] = d.Version
	}
	for _, c := range *bom.Components {
		if want[c.Name] != c.Version || c.Licenses == nil || len(*c.Licenses) == 0 {
			return fmt.Errorf("%s %s: the program has version %q", c.Name, c.Version, want[c.Name])
		}
		delete(want, c.Name)
	}
	if len(want) > 0 {
		return fmt.Errorf("it lacks %v", want)
	}
	return nil
}

// checkImage validates the digests of the layout, and holds the image of each platform of
// Linux against what it should be. The one for this machine is also run.
func (r *release) checkImage(path string) error {
	dir, err := os.MkdirTemp("", "imapscope-pack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	blobs, err := readTar(f, r.made)
	if err != nil {
		return err
	}
	for _, b := range blobs {
		name := filepath.Join(dir, filepath.FromSlash(b.name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, b.data, 0o644)); err != nil {
			return err
		}
	}
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return err
	}
	if err := validate.Index(outer); err != nil {
		return err
	}
	m, err := outer.IndexManifest()
	if err != nil || len(m.Manifests) != 1 || m.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != r.version {
		return fmt.Errorf("the index does not name version %s alone: %v, %v", r.version, m, err)
	}
	index, err := outer.ImageIndex(m.Manifests[0].Digest)
	if err != nil {
		return err
	}
	if m, err = index.IndexManifest(); err != nil {
		return err
	}
	if len(m.Manifests) != len(r.linux()) {
		return fmt.Errorf("it has %d images, not %d", len(m.Manifests), len(r.linux()))
	}
	for _, p := range r.linux() {
		i := slices.IndexFunc(m.Manifests, func(d v1.Descriptor) bool {
			return d.Platform != nil && d.Platform.OS == p.os && d.Platform.Architecture == p.arch
		})
		if i < 0 {
			return fmt.Errorf("there is no image for %s", p.arch)
		}
		img, err := index.Image(m.Manifests[i].Digest)
		if err != nil {
			return err
		}
		if err := r.checkPlatformImage(p, img, filepath.Join(dir, "imapscope")); err != nil {
			return fmt.Errorf("%s: %w", p.arch, err)
		}
	}
	return nil
}

// checkPlatformImage checks the configuration and the layer of an image. The program is written
// to a file, to be run.
func (r *release) checkPlatformImage(p *platform, img v1.Image, program string) error {
	config, err := img.ConfigFile()
	if err != nil {
		return err
	}
	c := config.Config
	if c.User != "65532:65532" || !slices.Equal(c.Entrypoint, []string{"/imapscope"}) || config.Architecture != p.arch ||
		config.OS != p.os || !config.Created.Equal(r.made) || c.Labels["org.opencontainers.image.version"] != r.version {
		return fmt.Errorf("its configuration is %+v", config)
	}
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		return fmt.Errorf("it has %d layers: %v", len(layers), err)
	}
	z, err := layers[0].Uncompressed()
	if err != nil {
		return err
	}
	defer z.Close()
	files, err := readTar(z, r.made)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range files {
		names = append(names, f.name)
		if f.name == "imapscope" && (!bytes.Equal(f.data, p.program) || f.mode != 0o755) {
			return errors.New("its program is another one")
		}
	}
	if want := []string{"home/", imageHome + "/", "licenses/", "tmp/", "licenses/LICENSE", "licenses/THIRD_PARTY.txt", "imapscope"}; !slices.Equal(names, want) {
		return fmt.Errorf("it holds %q, not %q", names, want)
	}
	if p.os != runtime.GOOS || p.arch != runtime.GOARCH {
		return nil
	}
	if err := os.WriteFile(program, files[len(files)-1].data, 0o755); err != nil {
		return err
	}
	run := exec.Command(program, "version")
	run.Env = c.Env
	out, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(out), r.version) {
		return fmt.Errorf("imapscope version: %v: %s", err, out)
	}
	return nil
}
