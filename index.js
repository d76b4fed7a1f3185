'use strict';

module.exports = require('./dist/main.js');
