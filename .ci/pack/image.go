package main

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	imageUser = 65532 // the user and group that images without users have by custom
	imageHome = "home/imapscope"
)

// imageName returns the name of the image: an OCI layout as a tar file, for all platforms of Linux.
func (r *release) imageName() string { return "imapscope_" + r.version + "_oci.tar" }

// image writes the image.
func (r *release) image() error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range r.linux() {
		img, err := r.platformImage(p)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{
			MediaType: types.OCIManifestSchema1, Platform: &v1.Platform{OS: p.os, Architecture: p.arch},
		}})
	}
	dir, err := os.MkdirTemp("", "imapscope-pack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	if err := l.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": r.version})); err != nil {
		return err
	}
	files, err := readFiles(dir)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := writeTar(&b, "", files, r.made); err != nil {
		return err
	}
	return r.write(r.imageName(), b.Bytes())
}

// platformImage returns the image of a platform: one layer with the program, the licences, a
// home that is the user's and a folder for temporary files.
func (r *release) platformImage(p *platform) (v1.Image, error) {
	var b bytes.Buffer
	if err := r.layer(&b, p); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	made := v1.Time{Time: r.made}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if img, err = mutate.Append(img, mutate.Addendum{Layer: layer, History: v1.History{Created: made, CreatedBy: "pack"}}); err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Created, config.OS, config.Architecture = made, p.os, p.arch
	config.Config = v1.Config{
		User: "65532:65532", Entrypoint: []string{"/imapscope"}, WorkingDir: "/" + imageHome,
		Env: []string{"HOME=/" + imageHome, "PATH=/"},
		Labels: map[string]string{
			"org.opencontainers.image.title": "imapscope", "org.opencontainers.image.description": summary,
			"org.opencontainers.image.version": r.version, "org.opencontainers.image.revision": r.commit,
			"org.opencontainers.image.created": r.made.Format("2006-01-02T15:04:05Z"), "org.opencontainers.image.licenses": "MIT",
		},
	}
	return mutate.ConfigFile(img, config)
}

// layer writes the layer of a platform's image as a tar file.
func (r *release) layer(w io.Writer, p *platform) error {
	t := tar.NewWriter(w)
	add := func(h tar.Header, data []byte) error {
		h.ModTime, h.Size, h.Format = r.made, int64(len(data)), tar.FormatUSTAR
		if err := t.WriteHeader(&h); err != nil {
			return err
		}
		_, err := t.Write(data)
		return err
	}
	for _, h := range []tar.Header{
		{Typeflag: tar.TypeDir, Name: "home/", Mode: 0o755},
		{Typeflag: tar.TypeDir, Name: imageHome + "/", Mode: 0o700, Uid: imageUser, Gid: imageUser},
		{Typeflag: tar.TypeDir, Name: "licenses/", Mode: 0o755},
		{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777},
	} {
		if err := add(h, nil); err != nil {
			return err
		}
	}
	for _, f := range r.contents(p) {
		name := f.name
		switch name {
		case "imapscope":
		case "LICENSE", "THIRD_PARTY.txt":
			name = filepath.ToSlash(filepath.Join("licenses", name))
		default:
			continue
		}
		if err := add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(f.mode)}, f.data); err != nil {
			return err
		}
	}
	return t.Close()
}
