/** Labels that name a service, the plainest first; `job` and `instance` name what is scraped. */
export const SERVICE_LABELS =
  'service service_name service.name app app_name application app_kubernetes_io_name k8s_deployment_name destination_service_name destination_workload destination_app deployment workload microservice component container container_name container_label_com_docker_compose_service compose_service name job pod pod_name namespace instance'.split(
    ' ',
  );
/** Labels that name an environment, the plainest first. */
export const ENV_LABELS =
  'env environment deployment_environment deployment_environment_name stage namespace cluster'.split(' ');
