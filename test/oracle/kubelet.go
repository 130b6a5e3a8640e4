package main

import (
	"encoding/json"
	"reflect"
	"sort"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
	"k8s.io/kubernetes/pkg/util/parsers"
)

// question is one case: the Secrets of a namespace, lists of names in imagePullSecrets, and images.
type question struct {
	Secrets []secret   `json:"secrets"`
	Lists   [][]string `json:"lists"`
	Images  []string   `json:"images"`
}

type secret struct {
	Name string            `json:"name"`
	Type string            `json:"type"`
	Data map[string][]byte `json:"data"`
}

type answer struct {
	Secrets []secretAnswer `json:"secrets"`
	// Repositories has one member per image, null where the kubelet cannot parse it.
	Repositories []*string    `json:"repositories"`
	Lists        []listAnswer `json:"lists"`
}

type secretAnswer struct {
	// Status is "parsed", "skipped" or "error".
	Status string `json:"status"`
	// Keys are the registry keys as written, in no order.
	Keys []string `json:"keys"`
	// Void are those of them whose entry has neither user name nor password, in no order.
	Void []string `json:"void"`
	// Index holds the kubelet's index keys in its order, each byte as one character.
	Index []string `json:"index"`
}

type listAnswer struct {
	// Error tells that the kubelet makes no keyring of this list.
	Error bool `json:"error"`
	// Tried has, per image, the names of the Secrets in the order in which the kubelet tries their credentials, one name
	// per credential. Where Error is set it is what the list without the Secrets in error would give.
	Tried [][]string `json:"tried"`
	// Served tells, per image, whether one of these credentials has a user name or a password.
	Served []bool `json:"served"`
}

func ask(asked question) answer {
	named := make(map[string]v1.Secret, len(asked.Secrets))
	broken := make(map[string]bool)
	answered := answer{Secrets: make([]secretAnswer, 0, len(asked.Secrets))}
	for _, from := range asked.Secrets {
		object := v1.Secret{Type: v1.SecretType(from.Type), Data: from.Data}
		object.Name = from.Name
		named[from.Name] = object
		one := askSecret(object)
		broken[from.Name] = one.Status == "error"
		answered.Secrets = append(answered.Secrets, one)
	}
	answered.Repositories = make([]*string, len(asked.Images))
	for i, image := range asked.Images {
		if repository, _, _, err := parsers.ParseImageName(image); err == nil {
			answered.Repositories[i] = &repository
		}
	}
	answered.Lists = make([]listAnswer, 0, len(asked.Lists))
	for _, list := range asked.Lists {
		answered.Lists = append(answered.Lists, askList(list, named, broken, answered.Repositories))
	}
	return answered
}

// askSecret asks for one Secret alone. That nothing was used shows in the default keyring coming back.
func askSecret(object v1.Secret) secretAnswer {
	nothing := credentialprovider.UnionDockerKeyring{}
	keyring, err := secrets.MakeDockerKeyring([]v1.Secret{object}, nothing)
	if err != nil {
		return secretAnswer{Status: "error", Keys: []string{}, Void: []string{}, Index: []string{}}
	}
	union := keyring.(credentialprovider.UnionDockerKeyring)
	if len(union) == 0 {
		return secretAnswer{Status: "skipped", Keys: []string{}, Void: []string{}, Index: []string{}}
	}
	keys, void := registryKeys(object)
	return secretAnswer{Status: "parsed", Keys: keys, Void: void, Index: indexKeys(union[0])}
}

// registryKeys decodes a payload, which MakeDockerKeyring has accepted, into the kubelet's own types.
func registryKeys(object v1.Secret) (keys, void []string) {
	var config credentialprovider.DockerConfig
	var err error
	if object.Type == v1.SecretTypeDockerConfigJson {
		var whole credentialprovider.DockerConfigJSON
		err = json.Unmarshal(object.Data[v1.DockerConfigJsonKey], &whole)
		config = whole.Auths
	} else {
		err = json.Unmarshal(object.Data[v1.DockerConfigKey], &config)
	}
	if err != nil {
		panic("a payload was accepted and then refused")
	}
	keys, void = []string{}, []string{}
	for key, entry := range config {
		keys = append(keys, key)
		if entry.Username == "" && entry.Password == "" {
			void = append(void, key)
		}
	}
	sort.Strings(keys)
	sort.Strings(void)
	return keys, void
}

// indexKeys reads the private index of the kubelet's keyring.
func indexKeys(keyring credentialprovider.DockerKeyring) []string {
	index := reflect.ValueOf(keyring.(*credentialprovider.BasicDockerKeyring)).Elem().FieldByName("index")
	keys := make([]string, index.Len())
	for i := range keys {
		keys[i] = byteString(index.Index(i).String())
	}
	return keys
}

// byteString makes each byte a character, as index keys need not be UTF-8 and JSON cannot carry other text.
func byteString(text string) string {
	characters := make([]rune, len(text))
	for i := range len(text) {
		characters[i] = rune(text[i])
	}
	return string(characters)
}

// askList does what the kubelet does with the imagePullSecrets of a Pod: names in order, those that are empty or missing
// passed over (pkg/kubelet/kubelet_pods.go getPullSecretsForPod), then one keyring of all.
func askList(list []string, named map[string]v1.Secret, broken map[string]bool, repositories []*string) listAnswer {
	var all, sound []v1.Secret
	for _, name := range list {
		if object, found := named[name]; found && name != "" {
			all = append(all, object)
			if !broken[name] {
				sound = append(sound, object)
			}
		}
	}
	nothing := credentialprovider.UnionDockerKeyring{}
	keyring, err := secrets.MakeDockerKeyring(all, nothing)
	count := len(repositories)
	answered := listAnswer{Error: err != nil, Tried: make([][]string, count), Served: make([]bool, count)}
	if err != nil {
		if keyring, err = secrets.MakeDockerKeyring(sound, nothing); err != nil {
			panic("Secrets that parse one by one do not parse together")
		}
	}
	for i, repository := range repositories {
		answered.Tried[i] = []string{}
		if repository != nil {
			credentials, _ := keyring.Lookup(*repository)
			for _, credential := range credentials {
				answered.Tried[i] = append(answered.Tried[i], credential.Source.Secret.Name)
				if credential.Username != "" || credential.Password != "" {
					answered.Served[i] = true
				}
			}
		}
	}
	return answered
}
