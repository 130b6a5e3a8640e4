// Command controller-runtime is the webhook that a Go team would write: the admission package of controller-runtime, a typed
// Pod or Deployment, and a patch made by comparing two serialisations.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func inject(list []corev1.LocalObjectReference) []corev1.LocalObjectReference {
	return append(list, corev1.LocalObjectReference{Name: "regcred"})
}

func main() {
	scheme := runtime.NewScheme()
	_ = corev1.AddToScheme(scheme)
	_ = appsv1.AddToScheme(scheme)
	decoder := admission.NewDecoder(scheme)
	handler := admission.HandlerFunc(func(_ context.Context, request admission.Request) admission.Response {
		var changed any
		if request.Kind.Kind == "Deployment" {
			deployment := &appsv1.Deployment{}
			if err := decoder.Decode(request, deployment); err != nil {
				return admission.Errored(http.StatusBadRequest, err)
			}
			spec := &deployment.Spec.Template.Spec
			spec.ImagePullSecrets = inject(spec.ImagePullSecrets)
			changed = deployment
		} else {
			pod := &corev1.Pod{}
			if err := decoder.Decode(request, pod); err != nil {
				return admission.Errored(http.StatusBadRequest, err)
			}
			pod.Spec.ImagePullSecrets = inject(pod.Spec.ImagePullSecrets)
			changed = pod
		}
		after, err := json.Marshal(changed)
		if err != nil {
			return admission.Errored(http.StatusInternalServerError, err)
		}
		return admission.PatchResponseFromRaw(request.Object.Raw, after)
	})
	http.Handle("/mutate", &admission.Webhook{Handler: handler})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.ServeTLS(listener, nil, os.Args[1], os.Args[2]))
}
