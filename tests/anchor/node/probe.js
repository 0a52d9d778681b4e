'use strict';
// The Node side of the tests and benchmarks: a plugin that tells whom it sees, calls another one, and gives away
// tokens, as no plugin should.

const { coreServices, createBackendPlugin } = require('@backstage/backend-plugin-api');
const { ResponseError } = require('@backstage/errors');
const express = require('express');
const { default: Router } = require('express-promise-router');

exports.probe = pluginId =>
  createBackendPlugin({
    pluginId,
    register(env) {
      env.registerInit({
        deps: {
          auth: coreServices.auth,
          discovery: coreServices.discovery,
          httpAuth: coreServices.httpAuth,
          httpRouter: coreServices.httpRouter,
          userInfo: coreServices.userInfo,
        },
        async init({ auth, discovery, httpAuth, httpRouter, userInfo }) {
          const router = Router();

          // Whom it sees.
          router.get('/credentials', async (request, response) => {
            response.json(await httpAuth.credentials(request));
          });
          router.get('/me', async (request, response) => {
            const user = await httpAuth.credentials(request, { allow: ['user'] });
            response.json(await userInfo.getUserInfo(user));
          });

          // A call to another plugin: on behalf of who calls, or of this plugin if nobody does.
          const tokenFor = async (request, target) => {
            const caller = await httpAuth.credentials(request);
            const nobody = auth.isPrincipal(caller, 'none');
            const onBehalfOf = nobody ? await auth.getOwnServiceCredentials() : caller;
            return auth.getPluginRequestToken({ onBehalfOf, targetPluginId: target });
          };
          router.get('/call/:target/:path', async (request, response) => {
            const { target, path } = request.params;
            const { token } = await tokenFor(request, target);
            const url = `${await discovery.getBaseUrl(target)}/${path}`;
            const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
            if (!answer.ok) throw await ResponseError.fromResponse(answer);
            response.json(await answer.json());
          });
          router.get('/token/:target', async (request, response) => {
            response.json(await tokenFor(request, request.params.target));
          });

          // The cookie of a user.
          router.get('/cookie/me', async (request, response) => {
            const allow = { allow: ['user'], allowLimitedAccess: true };
            const user = await httpAuth.credentials(request, allow);
            response.json(await userInfo.getUserInfo(user));
          });
          router.post('/cookie', async (_request, response) => {
            response.json(await httpAuth.issueUserCookie(response));
          });

          // For benchmarks alone.
          router.get('/health', (_request, response) => {
            response.json({ status: 'ok' });
          });
          router.get('/who', async (request, response) => {
            const user = await httpAuth.credentials(request, { allow: ['user'] });
            response.json({ userEntityRef: user.principal.userEntityRef });
          });
          router.post('/echo', express.json(), (request, response) => {
            response.json(request.body);
          });

          httpRouter.use(router);
          for (const path of ['/call', '/echo', '/health', '/token']) {
            httpRouter.addAuthPolicy({ path, allow: 'unauthenticated' });
          }
          httpRouter.addAuthPolicy({ path: '/cookie/me', allow: 'user-cookie' });
        },
      });
    },
  });
