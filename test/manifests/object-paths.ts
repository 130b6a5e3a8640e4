/** Where the objects of the manifests that are read and written by tests stand in the API. */

/** Our webhook configuration. */
export const CONFIGURATION_PATH = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pullring";

/** The Secret of our certificates. */
export const TLS_SECRET_PATH = "/api/v1/namespaces/pullring/secrets/pullring-tls";
